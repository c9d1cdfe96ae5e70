"""Fail, with the reason, unless the wrapper can read the generated package in this folder."""

from __future__ import annotations

import sys


def main() -> int:
    """Return 0, or 1 where the wrapper raises."""
    sys.path.insert(0, "")
    try:
        import portkey_admin  # noqa: PLC0415 - from here on the package in this folder is found

        check = getattr(portkey_admin, "check_spec", None)
        if check is not None:
            check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the wrapper cannot read the spec
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
