"""The commands, their flags and their help."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any, Final

import click
from click.shell_completion import get_completion_class

from portkey_admin import PortkeyAdmin, Secret, __version__, _spec
from portkey_admin_cli import dry_run
from portkey_admin_cli.admin_key import ask_admin_key, read_admin_key
from portkey_admin_cli.body import assemble
from portkey_admin_cli.flags import FLAGS, Listed
from portkey_admin_cli.formats import FORMATS
from portkey_admin_cli.sending import create_and_store, raise_at_signals
from portkey_admin_cli.storing import opened
from portkey_admin_cli.telling import (
    CREATED,
    NOT_SENT,
    InvalidInputError,
    Problems,
    say,
    told,
    write,
)

_CLIENT: Final = ("server", "allow_http", "deadline", "ca_file")
_NO_KEY: Final = Secret("none")  # for looking at the other options before the key is asked for
_CHOICES: Final = {name: schema["enum"] for name, schema in _spec.path_parameters().items()}
_LISTED: Final = "; ".join(
    f"{name.upper()} is {' or '.join(choices)}" for name, choices in _CHOICES.items()
)


def _path() -> list[click.Parameter]:
    return [
        click.Argument([name], type=Listed(choices), metavar=name.upper())
        for name, choices in _CHOICES.items()
    ]


@click.group(
    epilog="""\b
    Exit codes:
      0  it is done
      2  the input is not valid; nothing was sent
      3  the request did not leave; try again
      4  the server refused it
      5  a key may have been created: look for it by its name before trying again
      6  the key was created, but is not stored where told; stderr says where it is
    """
)
@click.version_option(__version__, prog_name="portkey-admin")
def portkey_admin() -> None:
    """Create Portkey API keys, and store their secrets."""


@portkey_admin.command(
    params=[*_path(), *(option for _, option in FLAGS)],
    epilog=f"""{_LISTED}. The proxy, where there is one, is that of HTTPS_PROXY and NO_PROXY.

    \b
    Examples:
      portkey-admin create organisation service --name ci \\
        --scope completions.write --format env --output ci.env
      portkey-admin create workspace user --workspace-id ws-1 \\
        --user-id c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f --name ada \\
        --scope completions.write --scope logs.view \\
        --rate-limit requests:100/rpm --expires-in 90d --dry-run
      portkey-admin create workspace service --body key.yaml --name search |
        vault kv put -mount=secret search key=-
    """,
)
@click.option(
    "--body",
    "body_file",
    metavar="FILE",
    help="JSON or YAML with any of the body; - is stdin. Flags win over it.",
)
@click.option(
    "--output",
    metavar="FILE",
    help="Store the secret in a new file, which only you can read. Without it, stdout.",
)
@click.option("--force", is_flag=True, help="Let --output replace a file that is there.")
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="raw",
    show_default=True,
    help="raw: the secret alone, without a line break. env: a line PORTKEY_API_KEY=... for sh, "
    "quoted where it must be. json: id, key and object. github: a mask on stdout, then "
    "PORTKEY_API_KEY in --output or GITHUB_OUTPUT; that and GITHUB_ENV are appended to.",
)
@click.option("--show", is_flag=True, help="Show the secret, where stdout is a terminal.")
@click.option("--dry-run", is_flag=True, help="Check all, print the request, and send nothing.")
@click.option(
    "--api-key-file",
    metavar="FILE",
    help="The admin key; - is stdin. Without it, PORTKEY_API_KEY, or a prompt on a terminal.",
)
@click.option(
    "--server",
    metavar="URL",
    help="The control plane, with its prefix. Without it, PORTKEY_BASE_URL, or Portkey's cloud.",
)
@click.option("--allow-http", is_flag=True, help="Let the admin key go over plain http.")
@click.option("--deadline", type=float, metavar="SECONDS", help="For the whole call.")
@click.option("--ca-file", metavar="FILE", help="The certificate authorities to trust.")
def create(**options: Any) -> None:
    """Create an API key, and store its secret, which is shown this once."""
    raise_at_signals()
    with told():
        sys.exit(_create(options))


def _create(options: dict[str, Any]) -> int:
    """Check everything, then create the key or print the request; return the exit code."""
    client = {name: options[name] for name in _CLIENT if options[name] is not None}
    api_key: Secret | None = None
    problems = Problems()
    with ExitStack() as stack:
        with problems:
            if options["body_file"] == options["api_key_file"] == "-":
                raise InvalidInputError("--api-key-file -: stdin is for --body")
            api_key = read_admin_key(options["api_key_file"])
        with problems:
            body = assemble(options, "--body", options["body_file"])
            dry_run.check(body, api_key)
        with problems:
            show = options["show"] or options["dry_run"]
            destination = opened(
                options["output"], options["style"], force=options["force"], show=show
            )
            store = stack.enter_context(destination)
        with problems:
            PortkeyAdmin(api_key or _NO_KEY, **client).close()
        problems.check()
        key = api_key or ask_admin_key()
        portkey = stack.enter_context(PortkeyAdmin(key, **client))
        if options["dry_run"]:
            write(sys.stdout, dry_run.shown(body, key, client).encode())
            return CREATED
        return create_and_store(portkey, body.arguments, store)


@portkey_admin.command(
    params=_path(),
    epilog=f"""{_LISTED}. FILE is JSON or YAML; - is stdin.

    Example: portkey-admin check workspace service key.yaml""",
)
@click.argument("file")
def check(file: str, **path: str) -> None:
    """Check the body of a request for a key, without an admin key, and send nothing."""
    with told():
        dry_run.check(assemble(path, "FILE", file))
        say(f"{file}: valid")


@portkey_admin.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def stub(arguments: tuple[str, ...]) -> None:
    """Run a server that judges requests by the spec; --help tells its options."""
    try:
        from portkey_admin_stub.__main__ import main  # noqa: PLC0415 - needs the extra
    except ModuleNotFoundError as missing:
        if str(missing.name).startswith("portkey"):
            raise
        say("error: portkey-admin stub needs: pip install 'portkey-admin[stub]'")
        sys.exit(NOT_SENT)
    sys.exit(main(arguments, program="portkey-admin stub"))


@portkey_admin.command(
    epilog="""\b
    bash, in ~/.bashrc:  eval "$(portkey-admin completion bash)"
    zsh, in ~/.zshrc:    eval "$(portkey-admin completion zsh)"
    fish:                portkey-admin completion fish \\
                           > ~/.config/fish/completions/portkey-admin.fish
    """,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, flags, TYPE and SUB_TYPE in a shell."""
    script = get_completion_class(shell)
    if script is not None:
        variable = "_PORTKEY_ADMIN_COMPLETE"
        click.echo(script(portkey_admin, {}, "portkey-admin", variable).source())
