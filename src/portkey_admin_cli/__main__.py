"""Runs the command: portkey-admin, or python -m portkey_admin_cli."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command, and end the process with its exit code."""
    try:
        from portkey_admin_cli.commands import portkey_admin  # noqa: PLC0415 - needs the extra
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("portkey"):
            raise
        print("error: portkey-admin needs: pip install 'portkey-admin[cli]'", file=sys.stderr)
        sys.exit(3)
    portkey_admin(prog_name="portkey-admin")


if __name__ == "__main__":
    main()
