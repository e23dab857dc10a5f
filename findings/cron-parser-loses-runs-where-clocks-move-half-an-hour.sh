#!/usr/bin/env bash
# cron-parser cannot cross the end of summer time on Lord Howe Island: a daily job raises an error.
#
# Date: 2026-11-30. Versions: cron-parser 5.10.6, croner 11.0.1, luxon as cron-parser brings it (npm).
#
# Australia/Lord_Howe moves its clocks by 30 minutes, twice a year. cron-parser's README promises
# "robust timezone support ... handling DST transitions correctly".
#
# Guess: "0 7 * * *" gives 07:00 on every day; "*/15 * * * *" gives a run every 15 minutes, also through
# the half hour that comes twice; a run at 02:15, a time that the change in spring skips, is moved to
# after the gap, as cron-parser does it for 02:30 in Berlin.
#
# Seen: at the change of 2027-04-04, "0 7 * * *" throws "Invalid expression, loop limit exceeded", after
# a second or two of work; "*/15" leaves out two runs; at the change of 2026-10-04, "15 2" has no run
# on that day. croner, asked the same, gives every run.
#
# Why it matters: a scheduler that asks for the next run after each run stops for good at that error, on
# an expression that worked for half a year. Tests with zones that move by an hour never show it.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" cron-parser@5.10.6 croner@11.0.1

cat > "$dir/ask.mjs" <<'JS'
import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';

function ask(expression, tz, from, count) {
  const parsed = [];
  try {
    const runs = CronExpressionParser.parse(expression, { tz, currentDate: new Date(from) });
    for (let run = 0; run < count; run += 1) parsed.push(runs.next().toISOString());
  } catch (error) {
    parsed.push(error.message);
  }
  const others = new Cron(expression, { timezone: tz }).nextRuns(count, new Date(from));
  console.log(`${expression} ${tz}`);
  console.log('  cron-parser', parsed.map(short).join(' '));
  console.log('  croner     ', others.map((run) => short(run.toISOString())).join(' '));
}
const short = (text) => text.replace(/^(2\S+):\d\d\.\d{3}Z$/, '$1Z');

ask('0 7 * * *', 'Australia/Lord_Howe', '2027-04-02T12:00:00Z', 3);
ask('*/15 * * * *', 'Australia/Lord_Howe', '2027-04-03T14:30:00Z', 5);
ask('15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T12:00:00Z', 3);
ask('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2);
JS
node "$dir/ask.mjs" > "$dir/seen"

cat > "$dir/expected" <<'END'
0 7 * * * Australia/Lord_Howe
  cron-parser 2027-04-02T20:00Z Invalid expression, loop limit exceeded
  croner      2027-04-02T20:00Z 2027-04-03T20:30Z 2027-04-04T20:30Z
*/15 * * * * Australia/Lord_Howe
  cron-parser 2027-04-03T14:45Z 2027-04-03T15:30Z 2027-04-03T15:45Z 2027-04-03T16:00Z 2027-04-03T16:15Z
  croner      2027-04-03T14:45Z 2027-04-03T15:00Z 2027-04-03T15:15Z 2027-04-03T15:30Z 2027-04-03T15:45Z
15 2 * * * Australia/Lord_Howe
  cron-parser 2026-10-02T15:45Z 2026-10-04T15:15Z 2026-10-05T15:15Z
  croner      2026-10-02T15:45Z 2026-10-03T15:30Z 2026-10-04T15:15Z
30 2 * * * Europe/Berlin
  cron-parser 2027-03-28T01:30Z 2027-03-29T00:30Z
  croner      2027-03-28T01:00Z 2027-03-29T00:30Z
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
