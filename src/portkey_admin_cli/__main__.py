"""Runs the command: portkey-admin, or python -m portkey_admin_cli."""

from __future__ import annotations

import sys
from typing import Final

# The extra of each imported package.
_EXTRAS: Final = {"click": "cli", "ruamel": "cli", "werkzeug": "stub", "jsonschema_rs": "stub"}


def main() -> None:
    """Run the command, and end the process with its exit code."""
    try:
        from portkey_admin_cli.commands import portkey_admin  # noqa: PLC0415 - needs the extra

        portkey_admin(prog_name="portkey-admin")
    except ModuleNotFoundError as missing:
        extra = _EXTRAS.get(str(missing.name).partition(".")[0])
        if extra is None:
            raise
        from portkey_admin_cli.output import NOT_INSTALLED, print_error  # noqa: PLC0415

        print_error(f"a package is missing; run: pip install 'portkey-admin[{extra}]'")
        sys.exit(NOT_INSTALLED)
    except OSError as error:  # of help, schema and completion: they write to stdout alone
        from portkey_admin_cli.output import NOT_SENT, give_up, print_error  # noqa: PLC0415

        give_up(sys.stdout)
        print_error(f"stdout: {error.strerror}")
        sys.exit(NOT_SENT)


if __name__ == "__main__":
    main()
