"""Entry of ``mafalab``: the command tree, loaded on demand, and the one place errors become text.

Exit codes: 0 yes, 1 no, 2 typed or configured wrongly, 3 the laboratory failed, 4 cannot be
decided, 130 interrupted. A command returns its code with ``raise typer.Exit(code)``.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from lab.cli.messages import render, render_usage
from lab.cli.terminal import Color, choose_colour, err, out
from lab.model.errors import HarnessDefect, LabError, PackError


class Mounted(NamedTuple):
    """One command of the tree: where its Typer `app` lives and its line in the help."""

    module: str
    panel: str
    help: str


INTERRUPTED = 130
_DAILY = "Test a product"
_READ = "Read a campaign"
_OWN = "Laboratory"
COMMANDS: dict[str, Mounted] = {
    "demo": Mounted("demo", _DAILY, "Everything once: certify a good product, refuse bad ones."),
    "sut": Mounted("sut", _DAILY, "Write the description of your product, sut.toml."),
    "doctor": Mounted("doctor", _DAILY, "Pre-flight: address, TLS, clock, credentials."),
    "run": Mounted("run", _DAILY, "Run a campaign (--sut sut.toml --plan NAME --out DIR)."),
    "resume": Mounted("run", _DAILY, "Continue an interrupted campaign, with the same verdicts."),
    "client": Mounted("client", _DAILY, "Watch a client program through the witness and judge it."),
    "load": Mounted("load", _DAILY, "Hold a product against the SLA under an open load."),
    "show": Mounted("run", _READ, "Show a case, requirement or exchange of a campaign."),
    "repeat": Mounted("reproducing", _READ, "Send the requests of a finding again, sealed anew."),
    "report": Mounted("report", _READ, "Write the report of a campaign again (HTML fa/en, JUnit)."),
    "inspect": Mounted("inspect", _DAILY, "What a person looks at: list, form, record, import."),
    "rejudge": Mounted("run", _READ, "Judge stored evidence again without the product."),
    "verify": Mounted("run", _READ, "Check the hash chain of a campaign or bundle, offline."),
    "certificate": Mounted("certificate", _READ, "Issue and verify certificates."),
    "catalogue": Mounted("catalogue", _OWN, "Requirements, cases, faults and gaps."),
    "exchange": Mounted("exchange", _OWN, "The reference exchange on loopback."),
    "pack": Mounted("pack", _OWN, "The standard pack: lint and statistics."),
    "assurance": Mounted("assurance", _OWN, "Sign what the suites have been measured to catch."),
    "calibrate": Mounted("calibrate", _OWN, "Prove the suites against seeded faults."),
}


def load_command(name: str) -> Any:
    """Import one command's module and return the Typer command or group mounted under `name`."""
    module = importlib.import_module(f"lab.cli.{COMMANDS[name].module}")
    group = typer.main.get_group(module.app)
    command = group.commands.get(name, group)
    command.name = name
    return command


class LazyGroup(TyperGroup):
    """Lists all commands without importing them; imports the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, mounted in COMMANDS.items():
            stub = TyperCommand(name=name, help=mounted.help, rich_help_panel=mounted.panel)
            self.commands[name] = stub

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Replace the stub of the called command by the real one, then resolve as usual."""
        if args and args[0] in COMMANDS:
            self.commands[args[0]] = load_command(args[0])
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LazyGroup,
    name="mafalab",
    help="Conformance laboratory for the national e-prescription exchange (pack erx-1401).",
    epilog="Examples: mafalab demo --out demo-out | mafalab sut init --role purchaser_system | "
    "mafalab doctor --sut sut.toml | mafalab run --sut sut.toml --plan purchaser-certification "
    "--out out. Any command with --traceback shows where the laboratory itself failed.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        out().say(f"mafalab {version('mafa-lab')}")
        raise typer.Exit(0)


@app.callback()
def root(
    ctx: typer.Context,
    color: Annotated[Color, typer.Option(help="When to colour.")] = Color.AUTO,
    _show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Conformance laboratory for the national e-prescription exchange (pack erx-1401)."""
    choose_colour(color)
    if ctx.invoked_subcommand is None:
        _next_steps()


def _next_steps() -> None:
    """Print the three commands of the next step, not the whole help."""
    terminal = out()
    if Path("sut.toml").exists():
        steps = (
            ("mafalab doctor --sut sut.toml", "is everything reachable and configured?"),
            (
                "mafalab run --sut sut.toml --plan purchaser-certification --out out",
                "run the campaign",
            ),
            ("mafalab report out", "write its report again"),
        )
    else:
        steps = (
            ("mafalab demo --out demo-out", "see everything once, nothing needed (4 min)"),
            ("mafalab sut init --role purchaser_system", "describe your own product"),
            ("mafalab doctor --sut sut.toml", "check that it can be reached"),
        )
    terminal.say("Next:")
    for command, why in steps:
        terminal.say(f"  {terminal.styled(command, 'bold')}")
        terminal.say(f"      {why}")
    terminal.say("All commands: mafalab --help")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; never shows a traceback unless --traceback was typed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    wants_traceback = "--traceback" in given
    if wants_traceback:
        given.remove("--traceback")
    sys.exit(_guarded(given, wants_traceback=wants_traceback))


def _guarded(given: list[str], *, wants_traceback: bool) -> int:
    try:
        code = app(args=given, prog_name="mafalab", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has left; say nothing more, not even at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as problem:  # noqa: BLE001 - last line of defence: no traceback for a person
        if wants_traceback:
            traceback.print_exc()
        return _explain(problem)
    if code == INTERRUPTED:
        err().say("Interrupted. A campaign can be continued with: mafalab resume DIR")
    return code if isinstance(code, int) else 0


def _explain(problem: Exception) -> int:
    """Print what went wrong for a person and return the exit code."""
    if isinstance(problem, TyperException):
        context = getattr(problem, "ctx", None)
        path = context.command_path if context is not None else "mafalab"
        # A group called without its command has already shown its help.
        if type(problem).__name__ != "NoArgsIsHelpError":
            render_usage(problem.format_message(), err(), command=path)
        return 2
    if not isinstance(problem, LabError):
        problem = _pack_problem(problem) or HarnessDefect(
            f"{type(problem).__name__}: {problem}", code="MFL-H001"
        )
    render(problem, err())
    return problem.exit_code


def _pack_problem(problem: Exception) -> LabError | None:
    """Translate a damaged pack; `fixtures` knows nothing of our errors."""
    from fixtures import PackDamaged

    if not isinstance(problem, PackDamaged):
        return None
    return PackError(problem.sentence, code="MFL-K001", where=problem.where, fix=problem.fix)


if __name__ == "__main__":
    main()
