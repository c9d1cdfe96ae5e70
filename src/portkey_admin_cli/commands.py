"""The commands, their options and their help.

A command imports its modules when it runs, so that help and completion are fast.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, Final

import click

from portkey_admin import __version__
from portkey_admin_cli.flags import Argument, Flag, Option, body_flags, path_arguments

_FORMATS: Final = ("raw", "env", "json", "github")
_FILE: Final = click.Path()
_EXIT_CODES: Final = """\b
    Exit codes:
      0  success
      2  the input is not valid; nothing was sent
      3  the request was not sent; you can try again
      4  the server refused the request; nothing was changed
      5  the outcome is unknown; stderr has the command that shows the key
      6  the secret could not be stored as asked; stderr says where it is
      7  a part of portkey-admin is not installed; stderr says which
"""


class _Command(click.Command):
    """A command with arguments and flags made from the spec, and sections in its help.

    Each simple value of the body of `method` has a flag; `has_type` adds TYPE and SUB_TYPE.
    """

    def __init__(
        self, *args: Any, method: str = "", has_type: bool = False, **settings: Any
    ) -> None:
        super().__init__(*args, **settings)
        self.method = method
        self._has_type = has_type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                sections.setdefault(getattr(param, "section", "Options"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        path = path_arguments() if self._has_type else ()
        arguments = [each for each in own if isinstance(each, click.Argument)]
        options = [each for each in own if not isinstance(each, click.Argument)]
        return [*path, *arguments, *(flag.option for flag in flags_of(self)), *options]


def flags_of(command: click.Command) -> tuple[Flag, ...]:
    """Return the flags of the body; none has the name of another option."""
    method = getattr(command, "method", "")
    names = (name for param in command.params for name in param.opts)
    reserved = frozenset(name.lstrip("-").replace("-", "_") for name in names)
    return body_flags(method, reserved) if method else ()


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 10_000},
    epilog=f"""\b
    Examples:
      portkey-admin create organisation service --name billing \\
        --scope completions.write --output billing.key
      portkey-admin schema > key.yaml
      portkey-admin check workspace service key.yaml
      portkey-admin create workspace service --body key.yaml --dry-run

    {_EXIT_CODES}""",
)
@click.version_option(__version__)
def portkey_admin() -> None:
    """Create, list, change and delete Portkey API keys, and store their secrets.

    The admin key comes from PORTKEY_API_KEY, from --api-key-file, or from a prompt.
    """


_option: Final = partial(Option, section="Options")
_body: Final = partial(Option, section="The body from a file")
_secret: Final = partial(Option, section="The secret")
_request: Final = partial(Option, section="The request")
_allow_unknown: Final = _body(
    "--allow-unknown", is_flag=True, help="Send fields that the spec does not have."
)
_dry_run: Final = _request(
    "--dry-run",
    is_flag=True,
    help="Check everything and print the request; send nothing. Needs no admin key.",
)
_quiet: Final = _option("--quiet", is_flag=True, help="Print errors only.")
_id: Final = Argument("id", "The id of the key, a UUID.")
_BODY: Final = (
    _body(
        "--body",
        "file",
        type=_FILE,
        metavar="FILE",
        help="Read the body from a JSON or YAML file; - is stdin. Flags override the file. "
        "`portkey-admin schema` prints a template.",
    ),
    _allow_unknown,
)
_SECRET: Final = (
    _secret(
        "--output",
        type=_FILE,
        metavar="FILE",
        help="Store the secret in a new file that only you can read; - is stdout. Required, except "
        "with --dry-run, or with --format github in a GitHub Actions job.",
    ),
    _secret("--force", is_flag=True, help="Overwrite an existing file."),
    _secret(
        "--format",
        "style",
        type=click.Choice(_FORMATS),
        default="raw",
        show_default=True,
        help="raw: only the secret, without a line break. env: a line NAME=secret for sh. "
        "json: id, key and object. github: masks the secret in the log, and appends NAME to "
        "GITHUB_OUTPUT, or writes it to the file of --output (appends it to GITHUB_ENV).",
    ),
    _secret(
        "--variable",
        metavar="NAME",
        help="The variable of --format env and github.  [default: PORTKEY_CREATED_API_KEY]",
    ),
    _secret("--json", "as_json", is_flag=True, help="Print JSON on stdout, without the secret."),
    _secret("--quiet", is_flag=True, help="Print errors only."),
)
_CONNECTION: Final = (
    _request(
        "--api-key-file",
        type=_FILE,
        metavar="FILE",
        help="Read the admin key from a file; - is stdin. By default it comes from "
        "PORTKEY_API_KEY, or from a prompt.",
    ),
    _request(
        "--server",
        metavar="URL",
        help="Base URL of your control plane, with its prefix. The default is PORTKEY_BASE_URL, or "
        "else Portkey's cloud.",
    ),
    _request(
        "--allow-http", is_flag=True, help="Allow plain http (sends the admin key unencrypted)."
    ),
    _request(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="Time limit for the whole call, in seconds.  [default: 30]",
    ),
    _request("--ca-file", type=_FILE, metavar="FILE", help="Trust only the CAs in this file."),
    _request(
        "--proxy",
        metavar="URL",
        help="Use this proxy. By default HTTPS_PROXY and NO_PROXY are honoured. A URL with a "
        "password must come from HTTPS_PROXY.",
    ),
    _request(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Send an additional header. Not for secrets: others on this machine can read flags. "
        "Repeat it for more.",
    ),
)


@portkey_admin.command(
    cls=_Command,
    method="create",
    has_type=True,
    epilog="""\b
    Examples:
      portkey-admin create organisation service --name ci \\
        --scope completions.write --format env --output ci.env
      portkey-admin create workspace user --workspace-id ws-1 \\
        --user-id c3d4e5f6-a7b8-6c7d-0e1f-2a3b4c5d6e7f --name ada \\
        --scope completions.write --scope logs.view \\
        --rate-limit requests:100/rpm --expires-in 90d --dry-run
      portkey-admin create workspace service --body key.yaml --name search \\
        --output search.key && vault kv put -mount=secret search key=@search.key
    """,
    params=[*_BODY, *_SECRET, _dry_run, *_CONNECTION],
)
def create(**options: Any) -> None:
    """Create an API key and store its secret.

    Portkey shows the secret only once, so --output is checked before the request is sent.
    """
    from portkey_admin_cli import creating  # noqa: PLC0415

    creating.send("create", options, flags_of(create))


@portkey_admin.command(
    cls=_Command,
    has_type=True,
    epilog="Example: portkey-admin check workspace service key.yaml",
    params=[Argument("file", "A body in JSON or YAML; - is stdin.", type=_FILE), _allow_unknown],
)
def check(file: str, *, allow_unknown: bool, **path: str) -> None:
    """Check the body of a request.

    Sends nothing and needs no admin key.
    """
    from portkey_admin_cli import creating  # noqa: PLC0415

    creating.check(file, path, allow_unknown=allow_unknown)


@portkey_admin.command(
    cls=_Command,
    epilog="""\b
    Examples:
      portkey-admin apply keys.yaml --output-dir keys --dry-run
      portkey-admin apply keys.yaml --output-dir keys
    """,
    params=[
        Argument(
            "file",
            "The keys: a list in YAML or JSON, several YAML documents, or JSON Lines; - is stdin. "
            "Each item is a body for create, with type and sub-type.",
            type=_FILE,
        ),
        _allow_unknown,
        _secret(
            "--output-dir",
            type=_FILE,
            metavar="DIR",
            required=True,
            help="Store each secret in a new file NAME.key in this folder, beside the journal "
            "apply.jsonl.",
        ),
        _secret("--json", "as_json", is_flag=True, help="Print the summary as JSON on stdout."),
        _secret("--quiet", is_flag=True, help="Print errors only."),
        _request(
            "--dry-run",
            is_flag=True,
            help="Check everything and print the keys to create; send nothing. Needs no admin key.",
        ),
        _request(
            "--concurrency",
            type=click.IntRange(1, 64),
            default=8,
            show_default=True,
            metavar="N",
            help="Number of requests at the same time.",
        ),
        _request(
            "--retry-unknown",
            is_flag=True,
            help="Create keys with an unknown outcome again, if no key of their name exists.",
        ),
        *_CONNECTION,
    ],
)
def apply(file: str, **options: Any) -> None:
    """Create many API keys from a file and store their secrets.

    Run it again after an interruption: the journal in --output-dir records the keys
    that were created, and none of them is created twice.
    """
    from portkey_admin_cli import applying  # noqa: PLC0415

    applying.apply(file, options)


@portkey_admin.command(
    "list",
    cls=_Command,
    epilog="Example: portkey-admin list --name billing",
    params=[
        _option("--name", help="Only the keys of this name."),
        _option("--workspace-id", help="Only the keys of this workspace."),
        _option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print JSON. The default if stdout is not a terminal.",
        ),
        *_CONNECTION,
    ],
)
def list_(**options: Any) -> None:
    """List API keys, without their secrets."""
    from portkey_admin_cli import keeping  # noqa: PLC0415

    keeping.list_keys(options)


@portkey_admin.command(cls=_Command, params=[_id, *_CONNECTION])
def show(id: str, **options: Any) -> None:  # noqa: A002 - the spec's name
    """Show an API key as JSON, without its secret."""
    from portkey_admin_cli import keeping  # noqa: PLC0415

    keeping.show(id, options)


@portkey_admin.command(
    cls=_Command,
    method="update",
    epilog="Example: portkey-admin update ID --credit-limit 100 --no-expires-at",
    params=[_id, *_BODY, _quiet, _dry_run, *_CONNECTION],
)
def update(**options: Any) -> None:
    """Change an API key.

    Fields that you leave out keep their values. A list or limits that you pass replace those of the
    key.
    """
    from portkey_admin_cli import creating  # noqa: PLC0415

    creating.send("update", options, flags_of(update))


@portkey_admin.command(
    cls=_Command,
    method="rotate",
    epilog="Example: portkey-admin rotate ID --output billing.key --force",
    params=[_id, *_SECRET, _dry_run, *_CONNECTION],
)
def rotate(**options: Any) -> None:
    """Give an API key a new secret and store it.

    The old secret stays valid for a time. --output is checked before the request is sent.
    """
    from portkey_admin_cli import creating  # noqa: PLC0415

    creating.send("rotate", options, flags_of(rotate))


@portkey_admin.command(
    cls=_Command,
    params=[
        _id,
        _option("--yes", is_flag=True, help="Do not ask to confirm. Required without a terminal."),
        _quiet,
        *_CONNECTION,
    ],
)
def delete(id: str, **options: Any) -> None:  # noqa: A002 - the spec's name
    """Delete an API key: its secret is no longer accepted."""
    from portkey_admin_cli import keeping  # noqa: PLC0415

    keeping.delete(id, options)


@portkey_admin.command(epilog="Example: portkey-admin schema > key.yaml")
def schema() -> None:
    """Print a commented template of a body, as YAML."""
    from portkey_admin_cli.template import template  # noqa: PLC0415

    click.echo(template())


@portkey_admin.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1)
def stub(arguments: tuple[str, ...]) -> None:
    """Run a server that checks requests against the spec."""
    from portkey_admin_stub.__main__ import main  # noqa: PLC0415 - needs the extra

    sys.exit(main(arguments, program="portkey-admin stub"))


@portkey_admin.command(
    cls=_Command,
    epilog="""\b
    bash, in ~/.bashrc:  eval "$(portkey-admin completion bash)"
    zsh, in ~/.zshrc:    eval "$(portkey-admin completion zsh)"
    fish:                portkey-admin completion fish \\
                           > ~/.config/fish/completions/portkey-admin.fish
    """,
    params=[Argument("shell", "The shell.", type=click.Choice(["bash", "zsh", "fish"]))],
)
def completion(shell: str) -> None:
    """Print a completion script for a shell.

    It completes commands, flags, their values, and file names.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    complete = get_completion_class(shell)
    if complete is not None:
        variable = "_PORTKEY_ADMIN_COMPLETE"
        script = complete(portkey_admin, {}, "portkey-admin", variable).source()
        click.echo(script.replace("\n", _COMPINIT, 1) if shell == "zsh" else script)


# click's script calls compdef, which compinit defines. Its first line must stay the first.
_COMPINIT: Final = "\n(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"
