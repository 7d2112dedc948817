#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check-commands.py [DIR]: does a list of scripts/packages have each command that scripts use?

Commands are the first words of shell commands, what exec, timeout, xargs and their like start,
what meson's find_program() and Python's subprocess name. A shell script that calls need_packages is
held to the lists it names there; other scripts, and what tests use, to all lists. It also looks at
the lists: a name for each system, and what each package gives. Needs shfmt, which reads the shell.

Left out: what runs in the guest of scripts/nic-vm.sh, whose shell is busybox.

Prints a line for each offence, and their number last. Exit: 0 none, 1 some, 77 there is no shfmt.
"""
import ast
import json
import pathlib
import re
import shutil
import subprocess
import sys

GUEST = ("tests/nic/init.sh", "tests/nic/service-init.sh", "tests/nic/service.sh")
STARTERS = ("exec", "command", "nice", "nohup", "env", "timeout", "xargs", "setarch", "setpriv")
BUILTINS = set("""
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare
    dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill
    let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt
    source suspend test times trap true type typeset ulimit umask unalias unset wait""".split())
GIVEN_TO_ALL = "base"
PACKAGE_MANAGERS = {"apt-get", "dnf", "pacman"}  # need-packages.sh looks which there is


class Tree:
    def __init__(self, root):
        self.root = root
        self.offences = 0
        self.lists = {path.name: self.read_list(path)
                      for path in sorted((root / "scripts/packages").iterdir())}
        self.functions = set()

    def offence(self, place, text):
        print(f"{place}: {text}")
        self.offences += 1

    def read_list(self, path):
        """The commands that a list gives; says what is wrong with its lines."""
        commands = set()
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            systems = [word.split(":")[0] for word in words if re.match(r"(fedora|arch):.", word)]
            given = [word for word in words[1:] if not re.match(r"(fedora|arch):|optional$", word)]
            if sorted(systems) != ["arch", "fedora"] or not given:
                self.offence(f"scripts/packages/{path.name}:{number}",
                             f"{words[0]}: what it gives, fedora:NAME and arch:NAME are needed")
            commands.update(word for word in given if ":" not in word)
        return commands

    def files(self, *patterns):
        for pattern in patterns:
            for path in sorted(self.root.rglob(pattern)):
                name = path.relative_to(self.root).as_posix()
                if not re.match(r"(build|\.git/|\.cache/)", name) and name not in GUEST:
                    yield name, path.read_text()

    def judge(self, name, line, command, lists=None):
        """Is the command in the lists; None: in any of them?"""
        known = set().union(*(self.lists.get(one, ()) for one in lists or self.lists))
        if command not in known:
            wanted = " ".join(sorted(lists)) if lists else "none is"
            self.offence(f"{name}:{line}",
                         f"'{command}' is in no list of scripts/packages that it asks for ({wanted})")


def literal(word):
    """The text of a word without expansions, else None."""
    parts = word.get("Parts", [])
    if any(part["Type"] not in ("Lit", "SglQuoted") for part in parts):
        return None
    return "".join(part.get("Value", "") for part in parts)


def nodes(tree):
    """All nodes of the syntax tree."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for child in tree:
            yield from nodes(child)


def started(words):
    """The commands of a simple command: its own, and the one that it starts."""
    while words and words[0]:
        yield words[0]
        if words[0] not in STARTERS:
            return
        words = words[1:]
        while words and re.match(r"[-+0-9]|\w+=", words[0] or ""):
            words = words[1:]


class Script:
    """A shell script: its calls, its functions and the lists that it asks for."""

    def __init__(self, text):
        done = subprocess.run(["shfmt", "-ln", "bash", "--to-json"], input=text, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"check-commands: shfmt: {done.stderr.strip()}")
        self.calls, self.functions, self.lists = [], set(), set()
        for node in nodes(json.loads(done.stdout)):
            if node.get("Type") == "FuncDecl":
                self.functions.add(node["Name"]["Value"])
            elif node.get("Type") == "CallExpr":
                self.read_call(node)

    def read_call(self, node):
        for assignment in node.get("Assigns") or ():
            if (assignment.get("Name") or {}).get("Value") == "packages" and assignment.get("Array"):
                self.lists.update(literal(element["Value"]) for element in assignment["Array"]["Elems"])
        words = [literal(word) for word in node.get("Args") or ()]
        if words and words[0] == "need_packages":
            self.lists.update(word for word in words[1:] if word)
        if words:
            self.calls.append((node["Pos"]["Line"], words))


def check_shell(tree):
    scripts = {name: Script(text) for name, text in tree.files("*.sh", "*.bash", ".ci/run")}
    for script in scripts.values():
        tree.functions |= script.functions
    known = BUILTINS | PACKAGE_MANAGERS | tree.functions
    for name, script in scripts.items():
        lists = script.lists | {GIVEN_TO_ALL} if script.lists else None
        for line, words in script.calls:
            for command in started(words):
                if "/" not in command and command not in known:
                    tree.judge(name, line, command, lists)


def check_meson(tree):
    for name, text in tree.files("meson.build"):
        for number, line in enumerate(text.splitlines(), 1):
            for command in re.findall(r"find_program\('([\w.+-]+)'", line):
                if not command.endswith(".sh"):
                    tree.judge(name, number, command)


def check_python(tree):
    for name, text in tree.files("*.py"):
        for node in ast.walk(ast.parse(text)):
            if (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("subprocess.") and
                    node.args and isinstance(node.args[0], ast.List)):
                command = node.args[0].elts[0]
                if isinstance(command, ast.Constant) and "/" not in command.value:
                    tree.judge(name, node.lineno, command.value)


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0 if len(sys.argv) == 2 else 2
    if shutil.which("shfmt") is None:
        print("check-commands: SKIPPED, there is no shfmt (scripts/packages/check)")
        return 77
    own = pathlib.Path(__file__).resolve().parent.parent
    tree = Tree(pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else own)
    check_shell(tree)
    check_meson(tree)
    check_python(tree)
    print(f"check-commands: {tree.offences} offences")
    return 1 if tree.offences else 0


if __name__ == "__main__":
    sys.exit(main())
