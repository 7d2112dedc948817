# SPDX-License-Identifier: BSD-3-Clause
# Doxygen reads the public headers through this: the last words of a function's comment, as
# scripts/check-docs.sh wants them, become paragraphs with a title each.
/^ \* /s/ ?\b(Context|Ordering|Source): /\n * @par \1\n * /g
