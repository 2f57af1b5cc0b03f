"""The command line: one small file per command, each imported only when it is called.

`COMMANDS` is the whole list; `caretaker --help` imports none of them.
"""

from __future__ import annotations

import importlib
from typing import Final

import click

from agent import VERSION

COMMANDS: Final = {
    # name: (file:function, what it is for)
    "demo": ("demo:command", "Play a community to the agent and tell what it made of it."),
    "run": ("run:command", "Run the agent with the settings in a folder."),
    "check": ("check:command", "Check a settings folder: all complaints at once."),
    "test": ("test:command", "Run the examples that are written with rules and rule packs."),
    "status": ("status:command", "Show what the running service knows of itself."),
    "alarm": ("alarm:command", "Acknowledge, start, resolve, shelve … an alarm."),
    "maintenance": ("maintenance:command", "Lock a device or zone while somebody works there."),
    "device-set": ("device_set:command", "Set what a device keeps itself."),
    "service-record": ("service_record:command", "Say that a service was done: what is due by it begins anew."),
    "output": ("output:command", "Switch an output of a device, or let the rules decide again."),
    "scan": ("scan:command", "Find the slaves on a bus, and write them as YAML."),
    "listen": ("listen:command", "Say what device talks on a port."),
    "doctor": ("doctor:command", "Say what is wrong with a line and its devices."),
    "decode": ("decode:command", "Say what bytes or a message of a device mean."),
    "discover": ("discover:command", "Say which devices talk on the MQTT broker, with ready YAML."),
    "drivers": ("drivers:command", "List the installed drivers and what was shown for each."),
    "why": ("why:command", "Say why a rule fires or does not, and what raised an alarm."),
    "record": ("record:command", "Record what the service hears, for replay."),
    "replay": ("replay:command", "Tell a recording or a journal to the engine again."),
    "rehearse": ("rehearse:command", "Say what other rules would have said to what really happened."),
}


class Lazy(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, None if there is none of this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        where, _ = COMMANDS[cmd_name]
        file, _, function = where.partition(":")
        found = getattr(importlib.import_module(f"agent.cli.{file}"), function)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say the nearest command when there is none of this name."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            ctx.fail(f"no command '{args[0]}'" + (f"; did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="caretaker")
def main() -> None:
    """Caretaker: the edge agent that looks after a residential community."""
