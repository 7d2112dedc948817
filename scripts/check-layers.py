#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check-layers.py: does the tree keep to its layers? (docs/internals/architecture.md)

  scripts/check-layers.py [DIR]

  up        an include goes up: lib/lwkt -> msgport -> dispatch -> stages -> plan -> test -> programs
  private   a *_pvt.h crosses a layer, or a program or example uses one of the library's
  ring      rte_ring outside of lib/lwkt; apps/bench and tests may, for raw loops beside ours
  ethdev    rte_ethdev outside of lib/stages, lib/plan, apps, tests and examples that are programs of their own
  yaml      yaml.h outside of lib/plan; tests may
  version   RTE_VERSION outside of lib/lwkt/lwkt_compat.h
  circle    .c files of one library that need each other: by names that they define and use, inline
            functions of the library's headers included; MUTUAL has what may be so, and why
  spdx      a source file without SPDX line

Prints a line for each offence, and its number last. Exit code 0 none, 1 some.
"""
import os
import re
import sys

HEIGHT = {name: i for i, name in enumerate(['lwkt', 'msgport', 'dispatch', 'stages', 'plan', 'test'])}
ABOVE = len(HEIGHT)  # programs, examples, tests
CODE = ('.c', '.h', '.cc', '.cpp')
SIGNED = CODE + ('.sh', '.py', '.map', '.yaml', '.yml')  # these need an SPDX line
SIGNED_NAMES = ('meson.build', 'meson_options.txt', 'run')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]*)', re.M)
VERSION = re.compile(r'\b(RTE_VERSION(_NUM)?|RTE_VER_YEAR)\b')
# Headers that only some layers may include: a pattern, who may, and whose they are.
KEPT = [
    ('ring', re.compile(r'rte_ring.*\.h$'), re.compile(r'(lwkt|apps/bench|tests)$'), 'lib/lwkt'),
    ('ethdev', re.compile(r'(rte_ethdev.*|rte_eth_.*)\.h$'),
     re.compile(r'(stages|plan|apps/.*|tests|examples/.*)$'), 'lib/stages, lib/plan and apps'),
    ('yaml', re.compile(r'yaml\.h$'), re.compile(r'(plan|tests)$'), 'lib/plan'),
]
# Two functions that truly call each other: the file that uses a name, the name, why it must.
MUTUAL = {
}
COMMENTS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
TAGS = re.compile(r'\b(?:struct|union|enum)\s+\w+')
# As .clang-format lays it out: a function's name begins a line, its body too; so does data's type.
FUNCTION = re.compile(r'^([A-Za-z_][^\n;{}=#]*\n)(\w+)\([^;{}#]*?\)\n\{\n(.*?)^\}', re.M | re.S)
DATA = re.compile(r'^(?!static|typedef|extern|return)[A-Za-z_][\w \*]*?[ \*](\w+)(?:\[[^\]]*\])*(?: =|;)', re.M)
offences = 0


def offence(where, rule, text):
    global offences
    print(f'{where}: {rule}: {text}')
    offences += 1


def files():
    """All files of the project with their text, without build trees."""
    for folder, folders, names in os.walk('.'):
        folders[:] = sorted(d for d in folders if not (
            folder == '.' and (d.startswith('build') or d in ('.git', '.cache'))))
        for name in sorted(names):
            path = os.path.join(folder, name)[2:]
            if (name.endswith(SIGNED) or name in SIGNED_NAMES) and not os.path.islink(path):
                with open(path, encoding='utf-8', errors='replace') as f:
                    yield path, f.read()


def layer_of(path):
    """lwkt, msgport, dispatch, stages, plan, test; above: apps/NAME, examples, examples/NAME, tests, ..."""
    part = path.split('/')
    if len(part) > 2 and part[0] == 'lib':
        return part[1]
    return '/'.join(part[:2]) if len(part) > 2 and part[0] in ('apps', 'examples') else part[0]


def check_include(where, layer, header, owners):
    name = os.path.basename(header)
    for rule, pattern, may, whose in KEPT:
        if pattern.match(name) and not may.match(layer):
            offence(where, rule, f'{name} belongs to {whose}')
    owner = owners.get(name)
    if owner is None or owner == layer:
        return
    if HEIGHT.get(owner, ABOVE) > HEIGHT.get(layer, ABOVE):
        offence(where, 'up', f'lib/{owner}/{name} is above lib/{layer}')
    if name.endswith('_pvt.h') and layer != 'tests':
        offence(where, 'private', f'{name} is private to lib/{owner}')


def check_code(path, text, owners):
    for found in INCLUDE.finditer(text):
        line = text.count('\n', 0, found.start(1)) + 1
        check_include(f'{path}:{line}', layer_of(path), found.group(1), owners)
    if path == 'lib/lwkt/lwkt_compat.h':
        return
    for i, line in enumerate(text.split('\n'), 1):
        if VERSION.search(line):
            offence(f'{path}:{i}', 'version', 'RTE_VERSION belongs to lib/lwkt/lwkt_compat.h')


def names_in(text, inlines):
    """All names that a piece of code uses, by itself or by a header's inline functions."""
    seen, texts = set(), [text]
    while texts:
        for name in set(re.findall(r'[A-Za-z_]\w*', texts.pop())) - seen:
            seen.add(name)
            if name in inlines:
                texts.append(inlines[name])
    return seen


def uses_in(sources, headers):
    """{(file, file of the same library): names of the second that the first one uses}"""
    code = {path: TAGS.sub('T', COMMENTS.sub(' ', text)) for path, text in sources + headers}
    inlines = {found[2]: found[3] for path, _ in headers for found in FUNCTION.finditer(code[path])}
    home, uses = {}, {}
    for path, _ in sources:
        for found in FUNCTION.finditer(code[path]):
            if 'static' not in found[1]:
                home[found[2]] = path
        for found in DATA.finditer(code[path]):
            home.setdefault(found[1], path)
    for path, _ in sources:
        for name in names_in(code[path], inlines):
            if home.get(name, path) != path:
                uses.setdefault((path, home[name]), set()).add(name)
    return uses


def way(edges, start, end):
    """The shortest way of files from one to another, both included; None: there is none."""
    ways, seen = [[start]], {start}
    for at in ways:
        if at[-1] == end:
            return at
        for to in sorted(t for f, t in edges if f == at[-1] and t not in seen):
            seen.add(to)
            ways.append(at + [to])
    return None


def check_circles(tree, layer, mutual):
    mine = [(path, text) for path, text in tree
            if layer_of(path) == layer and path.count('/') == 2]
    uses = uses_in([f for f in mine if f[0].endswith('.c')], [f for f in mine if f[0].endswith('.h')])
    edges = {}
    for pair, names in uses.items():
        kept = {name for name in names if mutual.pop((pair[0], name), None) is None}
        if kept:
            edges[pair] = kept
    told = set()
    for pair in sorted(edges):
        back = way(edges, pair[1], pair[0])
        if back is None or told >= set(back):
            continue
        told |= set(back)
        circle = [pair[0]] + back
        offence(pair[0], 'circle', ' -> '.join([os.path.basename(circle[0])] + [
            f'{os.path.basename(b)} ({", ".join(sorted(edges[a, b])[:3])})'
            for a, b in zip(circle, circle[1:])]))


def main():
    if len(sys.argv) > 1 and sys.argv[1] in ('-h', '--help'):
        print(__doc__, end='')
        return 0
    if len(sys.argv) > 2 or len(sys.argv) == 2 and sys.argv[1].startswith('-'):
        print("check-layers.py: it takes a folder at most; --help says more", file=sys.stderr)
        return 2
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..'))
    tree = list(files())
    owners = {os.path.basename(path): layer_of(path) for path, _ in tree
              if path.startswith('lib/') and path.endswith('.h')}
    for path, text in tree:
        if path.endswith(CODE):
            check_code(path, text, owners)
        if not any('SPDX-License-Identifier: BSD-3-Clause' in line for line in text.split('\n')[:3]):
            offence(path, 'spdx', "no 'SPDX-License-Identifier: BSD-3-Clause' in lines 1 to 3")
    mutual = {key: why for key, why in MUTUAL.items() if any(key[0] == path for path, _ in tree)}
    for layer in HEIGHT:
        check_circles(tree, layer, mutual)
    for path, name in mutual:
        offence('scripts/check-layers.py', 'circle', f'MUTUAL: {path} does not use {name}; take it away')
    print(f'check-layers: {offences} offences')
    return 1 if offences else 0


sys.exit(main())
