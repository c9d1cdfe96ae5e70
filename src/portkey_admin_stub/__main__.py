"""Runs a stub as a server: python -m portkey_admin_stub."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import Exchange, Stub
from .api_keys import ApiKeys
from .portkey import packaged_document
from .problems import one_line
from .server import serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .schema import Json

API_KEY_VARIABLE = "PORTKEY_STUB_API_KEY"
_LAST_PORT = 65535


class _PrintingStub(Stub):
    """Prints a line for each exchange instead of recording it."""

    def record(self, exchange: Exchange) -> None:
        # Without the query and the content of the request: they may contain a key.
        path = exchange.target.partition("?")[0]
        request = one_line(f"{exchange.method} {path}")
        _print_line(f"{request} {exchange.status} {'; '.join(exchange.problems)}".rstrip())


def main(
    arguments: Sequence[str] | None = None, *, program: str = "python -m portkey_admin_stub"
) -> int:
    """Serve until interrupted; return the exit status. Raises SystemExit for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Serve a stub of an API, which checks requests against an OpenAPI document.",
        epilog=f"The stub accepts the key in {API_KEY_VARIABLE}, or any key if it is not set.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=8787, help="port to listen on, 0 for a free one (%(default)s)"
    )
    parser.add_argument(
        "--spec", type=Path, metavar="FILE", help="OpenAPI document (default: the packaged one)"
    )
    options = parser.parse_args(arguments)
    try:
        stub = _PrintingStub(
            _document(options.spec),
            api_key=os.environ.get(API_KEY_VARIABLE) or None,
            memory=ApiKeys(),
        )
        with (
            contextlib.suppress(KeyboardInterrupt),
            serve(stub, host=options.host, port=options.port) as base_url,
        ):
            _print_line(base_url)
            for limit in stub.limits:
                print(f"{limit.operation} at {limit.at}: {limit.reason}", file=sys.stderr)
            threading.Event().wait()
    except (ImportError, OSError, ValueError) as error:
        parser.error(f"{error}")
    return 0


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= _LAST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a number from 0 to {_LAST_PORT}")


def _document(spec: Path | None) -> dict[str, Any]:
    if spec is None:
        return packaged_document()
    document = json.loads(spec.read_bytes()) if spec.suffix == ".json" else _read_yaml(spec)
    if isinstance(document, dict):
        return document
    raise ValueError(f"{spec}: not an OpenAPI document")


def _read_yaml(spec: Path) -> Json:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only needed for this
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - only needed for this

    try:
        value = YAML(typ="safe", pure=True).load(spec)
    except YAMLError as error:
        raise ValueError(error) from error
    # YAML has whole numbers as names (statuses) and dates as values; JSON has strings for both.
    return json.loads(json.dumps(value, default=lambda moment: moment.isoformat()))


def _print_line(line: str) -> None:
    # In one piece, so that lines of several threads do not mix.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
