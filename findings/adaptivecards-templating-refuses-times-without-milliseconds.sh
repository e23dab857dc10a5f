#!/usr/bin/env bash
# Adaptive Cards Templating refuses 2026-11-30T12:00:00Z in most of its date functions.
#
# Date: 2026-11-30. Versions: adaptivecards-templating 2.3.1 with adaptive-expressions 4.23.3 (npm).
#
# Templates of Adaptive Cards may use Adaptive Expressions: ${addHours(time, 1)}, ${dayOfWeek(time)}. Their
# reference calls the form of a time "standard UTC ISO format" and shows times with milliseconds. Functions of
# the same names exist in Power Automate and Logic Apps, from where cards go to Teams; the reference there
# shows addHours('2018-03-15T00:00:00Z', 10).
#
# Guess: what the neighbours read is read here, so a fraction of a second may be there or not; and all of the
# date functions read the same times.
#
# Seen: addHours, dayOfWeek, dayOfMonth, month, date and ticks throw "is not a ISO format datetime string" for
# 12:00:00Z, for 12:00:00.1234567Z and for 12:00:00.500+02:00. They take exactly three digits and a Z.
# formatDateTime reads all four. The whole card is lost, not one text of it.
#
# Why it matters: Graph and many programs write whole seconds without a fraction, Kusto writes seven digits. A
# card that was designed with a sample of three digits fails with live data.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" \
  adaptivecards-templating@2.3.1 adaptive-expressions@4.23.3 adaptivecards@3.0.6

cat > "$dir/ask.mjs" <<'JS'
import * as templating from 'adaptivecards-templating';

const { Template } = templating.default ?? templating;
const times = ['2026-11-30T12:00:00.500Z', '2026-11-30T12:00:00Z', '2026-11-30T12:00:00.1234567Z',
  '2026-11-30T12:00:00.500+02:00'];
for (const call of ['formatDateTime(t)', 'addHours(t, 1)', 'dayOfWeek(t)', 'dayOfMonth(t)', 'month(t)', 'date(t)',
  'ticks(t)']) {
  for (const t of times) {
    let text;
    try {
      text = String(new Template({ type: 'TextBlock', text: `\${${call}}` }).expand({ $root: { t } }).text);
    } catch (error) {
      text = error.message;
    }
    console.log(`${call}: ${text}`);
  }
}
JS
node "$dir/ask.mjs" > "$dir/seen"

cat > "$dir/expected" <<'END'
formatDateTime(t): 2026-11-30T12:00:00.500Z
formatDateTime(t): 2026-11-30T12:00:00.000Z
formatDateTime(t): 2026-11-30T12:00:00.123Z
formatDateTime(t): 2026-11-30T10:00:00.500Z
addHours(t, 1): 2026-11-30T13:00:00.500Z
addHours(t, 1): 2026-11-30T12:00:00Z is not a ISO format datetime string.
addHours(t, 1): 2026-11-30T12:00:00.1234567Z is not a ISO format datetime string.
addHours(t, 1): 2026-11-30T12:00:00.500+02:00 is not a ISO format datetime string.
dayOfWeek(t): 1
dayOfWeek(t): 2026-11-30T12:00:00Z is not a ISO format datetime string.
dayOfWeek(t): 2026-11-30T12:00:00.1234567Z is not a ISO format datetime string.
dayOfWeek(t): 2026-11-30T12:00:00.500+02:00 is not a ISO format datetime string.
dayOfMonth(t): 30
dayOfMonth(t): 2026-11-30T12:00:00Z is not a ISO format datetime string.
dayOfMonth(t): 2026-11-30T12:00:00.1234567Z is not a ISO format datetime string.
dayOfMonth(t): 2026-11-30T12:00:00.500+02:00 is not a ISO format datetime string.
month(t): 11
month(t): 2026-11-30T12:00:00Z is not a ISO format datetime string.
month(t): 2026-11-30T12:00:00.1234567Z is not a ISO format datetime string.
month(t): 2026-11-30T12:00:00.500+02:00 is not a ISO format datetime string.
date(t): 11/30/2026
date(t): 2026-11-30T12:00:00Z is not a ISO format datetime string.
date(t): 2026-11-30T12:00:00.1234567Z is not a ISO format datetime string.
date(t): 2026-11-30T12:00:00.500+02:00 is not a ISO format datetime string.
ticks(t): 639316368005000000
ticks(t): 2026-11-30T12:00:00Z is not a ISO format datetime string.
ticks(t): 2026-11-30T12:00:00.1234567Z is not a ISO format datetime string.
ticks(t): 2026-11-30T12:00:00.500+02:00 is not a ISO format datetime string.
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
