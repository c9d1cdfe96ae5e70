// The search takes a word after a hyphen for one that must not be found: --output is sought as output.
const query = document.querySelector("[data-md-component=search-query]");
const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
Object.defineProperty(query, "value", {
  get() {
    return get.call(this).replace(/(^|\s)-+(?=\w)/g, "$1");
  },
  set,
});
