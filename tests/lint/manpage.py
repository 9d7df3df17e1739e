#!/usr/bin/env python3
"""Checks that the man page and the program's --help name the same commands and options.

usage: manpage.py PROGRAM PAGE

In the page each command has a `.SS` of its own that begins with its name, below `.SH COMMANDS`, as
have the tasks of a command that has some ("bakery toast"), and each option a `.TP` whose tag is written as --help writes it: letter, long name, placeholder.
--help itself is an option of every command and is described once. If groff is here, it must have
nothing to complain about either.
"""

import pathlib
import re
import shutil
import subprocess
import sys

SECTION = re.compile(r"^\.SS ([a-z-]+(?: [a-z-]+)*)", re.MULTILINE)
OPTION = re.compile(r"(?:-(\w), )?(--[a-z0-9-]+)(?: (\S+))?")


def ask(program, *args):
    """What the program says with these arguments; it must succeed."""
    result = subprocess.run([program, *args], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"manpage: {program} {' '.join(args)} failed: {result.stderr}")
    return result.stdout


def listed(text, title):
    """The names listed under a title such as "Commands:"."""
    block = re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^  (\S+)", block[1], re.MULTILINE) if block else []


def help_commands(program):
    """Names of the commands, each followed by its tasks as "COMMAND TASK"."""
    for name in listed(ask(program, "--help"), "Commands"):
        yield name
        for task in listed(ask(program, name, "--help"), "Tasks"):
            yield f"{name} {task}"


def help_options(program, command):
    """The command's options as (letter, name, placeholder), but --help."""
    found = set()
    for line in ask(program, *command.split(), "--help").splitlines():
        match = re.match(r" {2,6}(?=-)" + OPTION.pattern + r"(?: {2,}|$)", line)
        if match and match[2] != "--help":
            found.add(match.groups())
    return found


def page_commands(text):
    """{command: its options} of the page, options as help_options gives them."""
    part = re.search(r"^\.SH COMMANDS\n(.*?)(?=^\.SH |\Z)", text, re.MULTILINE | re.DOTALL)
    commands = {}
    for section in re.split(r"^(?=\.SS )", part[1] if part else "", flags=re.MULTILINE)[1:]:
        name = SECTION.match(section)[1]
        section = re.sub(r"\\f[A-Z]", "", section).replace("\\-", "-")
        tags = re.findall(r"^\.TP\n(.*)$", section, re.MULTILINE)
        matches = (OPTION.fullmatch(tag) for tag in tags)
        commands[name] = {m.groups() for m in matches if m}
    return commands


def spell(option):
    """An option as a person writes it."""
    letter, name, value = option
    return (f"-{letter}, " if letter else "") + name + (f" {value}" if value else "")


def violations(program, page):
    """Yields one line of text for each violation."""
    text = page.read_text()
    names, described = list(help_commands(program)), page_commands(text)
    if not names:
        yield f"{program} --help lists no commands"
    if "\\fB\\-\\-help\\fR" not in text:
        yield "the page does not describe --help"
    sections = SECTION.findall(text)
    for name in sorted(name for name in set(sections) if sections.count(name) > 1):
        yield f"{name}: described more than once"
    for name in sorted(set(described) - set(names)):
        yield f"{name}: in the page, not among the commands of --help"
    for name in names:
        if name not in described:
            yield f"{name}: a command that the page does not describe"
            continue
        options = help_options(program, name)
        for option in sorted(options - described[name], key=str):
            yield f"{name}: {spell(option)}: in --help, not in the page"
        for option in sorted(described[name] - options, key=str):
            yield f"{name}: {spell(option)}: in the page, not in --help"


def format_complaints(page):
    """Yields what groff has to complain about, if it is here."""
    if shutil.which("groff"):
        result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", str(page)],
                                capture_output=True, text=True)
        yield from result.stderr.splitlines()


def main():
    program, page = sys.argv[1], pathlib.Path(sys.argv[2])
    found = [*violations(program, page), *format_complaints(page)]
    print("\n".join(found) or "manpage: agrees with --help")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
