"""Insert parts of the project into the documentation, as hooks of MkDocs.

A page names a part in a comment, such as `<!-- commands -->`.
"""

from __future__ import annotations

import html
import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click
from click.testing import CliRunner

from portkey_admin import __version__
from portkey_admin._spec import error_codes
from portkey_admin_cli.commands import portkey_admin

_ROOT: Final = Path(__file__).parents[2]
_WIDTH: Final = 76


def on_config(config: Any) -> Any:
    """Show the version next to the name of the site."""
    config.site_name += f" {__version__}"
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each comment that names a part with the part."""
    for name, make in _PARTS.items():
        comment = f"<!-- {name} -->"
        if comment in markdown:
            markdown = markdown.replace(comment, make())
    return markdown


def on_post_build(config: Any) -> None:
    """Write the search index as a script too, for pages that are opened as files."""
    index = Path(config.site_dir) / "search" / "search_index.json"
    text = f"var __index = {index.read_text(encoding='utf-8')}"
    index.with_suffix(".js").write_text(text, encoding="utf-8")


def changelog() -> str:
    """Return CHANGELOG.md without its title."""
    return (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n")[2]


def codes() -> str:
    """Return a table of Portkey's error codes, from the spec."""
    rows = (
        f"| `{code}` | {each['status']} | {each['meaning']} |"
        for code, each in error_codes().items()
    )
    return "\n".join(["| code | status | meaning |", "|---|---|---|", *rows])


def commands() -> str:
    """Return every command with all its arguments and options, read from the command."""
    group = click.Context(
        portkey_admin, info_name="portkey-admin", **portkey_admin.context_settings
    )
    parts = [*_command(portkey_admin, group)]
    for name in portkey_admin.list_commands(group):
        command = portkey_admin.commands[name]
        parts += [f"## {name}", *_command(command, click.Context(command, group, info_name=name))]
    return "\n\n".join(parts)


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    if not command.add_help_option:  # it has its own parser of options
        names = context.command_path.split()[1:]
        shown = CliRunner().invoke(portkey_admin, [*names, "--help"], env={"COLUMNS": str(_WIDTH)})
        yield _block(shown.stdout)
        return
    yield _block(f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}")
    yield html.escape(inspect.cleandoc(command.help or ""), quote=False)
    sections: dict[str, list[str]] = {}
    for param in command.get_params(context):
        if record := param.get_help_record(context):
            usage, meaning = record
            lines = f"`{usage}`\n:   {html.escape(meaning, quote=False)}"
            sections.setdefault(getattr(param, "section", "Options"), []).append(lines)
    for title, entries in sections.items():
        yield f"**{title}**"
        yield from entries
    formatter = context.make_formatter()
    command.format_epilog(context, formatter)
    if epilog := formatter.getvalue():
        yield _block(textwrap.dedent(epilog))


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


_PARTS: Final[dict[str, Callable[[], str]]] = {
    "changelog": changelog,
    "commands": commands,
    "error codes": codes,
}
