// The search excludes words after a hyphen, so --output is searched as output.
const query = document.querySelector("[data-md-component=search-query]");
const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
Object.defineProperty(query, "value", {
  get() {
    return get.call(this).replace(/(^|\s)-+(?=\w)/g, "$1");
  },
  set,
});
