#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check-layers.py: does the tree keep to its layers? (docs/internals/architecture.md)

  scripts/check-layers.py [DIR]

  up        an include goes up: lib/lwkt -> msgport -> dispatch -> stages -> plan -> programs
  private   a *_pvt.h crosses a layer, or a program or example uses one of the library's
  ring      rte_ring outside of lib/lwkt; apps/bench and tests may, for raw loops beside ours
  ethdev    rte_ethdev outside of lib/stages, lib/plan, apps and tests
  yaml      yaml.h outside of lib/plan; tests may
  version   RTE_VERSION outside of lib/lwkt/lwkt_compat.h
  spdx      a source file without SPDX line

Prints a line for each offence, and its number last. Exit code 0 none, 1 some.
"""
import os
import re
import sys

HEIGHT = {name: i for i, name in enumerate(['lwkt', 'msgport', 'dispatch', 'stages', 'plan'])}
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
     re.compile(r'(stages|plan|apps/.*|tests)$'), 'lib/stages, lib/plan and apps'),
    ('yaml', re.compile(r'yaml\.h$'), re.compile(r'(plan|tests)$'), 'lib/plan'),
]
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
    """lwkt, msgport, dispatch, stages, plan; above: apps/NAME, examples, tests, ..."""
    part = path.split('/')
    if len(part) > 2 and part[0] == 'lib':
        return part[1]
    return '/'.join(part[:2]) if len(part) > 2 and part[0] == 'apps' else part[0]


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
    print(f'check-layers: {offences} offences')
    return 1 if offences else 0


sys.exit(main())
