#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
#      reports with known figures ──▶ lwkt-bench report ──▶ a page ──▶ headless Chromium ──▶ layout, pixels
#
# Then pages with a fault each: the check has to find them.
#
# $1: lwkt-bench
set -u
bench=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
cd "$tmp" || exit 1

fail() {
	echo "FAIL: $*"
	exit 1
}

if ! chromium=$(command -v chromium) || ! /usr/bin/python3 -c 'import PIL' 2>/dev/null; then
	[ -z "${CI:-}" ] || fail 'no chromium or python3-pil; install scripts/packages/browser'
	echo 'no chromium or python3-pil (scripts/packages/browser): not looked at'
	exit 77
fi

# look PAGE PICTURES
look() {
	timeout -k 5 100 "$here/report_browser.py" "$chromium" "$tmp/$1" "$2"
}

mkdir known
python3 "$here/../smoke/bench_report.py" make known || fail 'no reports'
"$bench" report known/*.json -o known.html || fail "report: exit code $?"
look known.html 7 || fail 'the page of known figures, in Chromium'
echo 'ok: known figures'

# A script that fails, letters too small, too wide, a picture without its curve.
sed -e 's|</body>|<script>nothing.at_all()</script></body>|' \
	-e 's|\.chart text{font:13px|.chart text{font:9px|' \
	-e 's|<h1>|<h1 style="width:2000px">|' \
	-e '0,/class="line c0"/s//class="line"/' -e 's|class="dot c0"|class="dot"|g' known.html >bad.html
look bad.html 8 2>found && fail 'Chromium finds nothing wrong with a bad page'
for word in 'nothing is not defined' 'letters of' 'pixels too wide' 'curve 0 has' 'not 8'; do
	grep -q "$word" found || {
		cat found
		fail "not found: $word"
	}
done
echo 'ok: a bad page is found to be so'
