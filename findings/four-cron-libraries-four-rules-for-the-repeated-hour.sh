#!/usr/bin/env bash
# In the hour that comes twice in autumn, four cron libraries follow four different rules.
#
# Date: 2026-11-30. Versions: cron-parser 5.10.6, croner 11.0.1 (npm); croniter 7.0.0, cronsim 2.8 (Python).
#
# In Berlin the hour from 02:00 to 03:00 comes twice on 2026-10-25. cronsim says that it does as Debian's
# cron: a line with "*" for minute or hour is an interval and runs on, one at fixed times runs once.
#
# Guess: the others either do the same or repeat every run; so at most two rules, and all four agree on
# "*/30 1-3", where the minute is an interval.
#
# Seen, number of runs between 02:00 and 03:00 (0:00 to 2:00 in UTC) of that night:
#                     0 * * * *   */30 1-3 * * *   0 0-6 * * *   30 2 * * *
#        cronsim              2                4             1            1
#        cron-parser          2                2             1            1
#        croner               2                4             2            1
#        croniter             2                4             2            2
#
# Why it matters: moving schedules from one library to another changes what happens in one night of the
# year: a report comes twice, or an hour of data is in none. Agreement on "0 * * * *", the usual test,
# tells nothing about the rest. A collector should carry on from where its last run ended, and not trust
# that runs are evenly apart.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" cron-parser@5.10.6 croner@11.0.1
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0 cronsim==2.8 tzdata==2026.6

cat > "$dir/expressions" <<'END_OF_EXPRESSIONS'
0 * * * *
*/30 1-3 * * *
0 0-6 * * *
30 2 * * *
END_OF_EXPRESSIONS

cat > "$dir/ask.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';

const tz = 'Europe/Berlin';
const from = new Date('2026-10-24T21:30:00Z');
for (const expression of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const runs = CronExpressionParser.parse(expression, { tz, currentDate: from });
  const parsed = [...Array(8)].map(() => runs.next().toDate());
  const others = new Cron(expression, { timezone: tz }).nextRuns(8, from);
  for (const [name, list] of [['cron-parser', parsed], ['croner', others]]) {
    const inside = list.map((run) => run.toISOString()).filter((run) => /^2026-10-25T0[01]:/.test(run));
    console.log(`${expression}: ${name} ${inside.map((run) => run.slice(11, 16)).join(' ')}`);
  }
}
JS
node "$dir/ask.mjs" "$dir/expressions" > "$dir/runs"

"$dir/venv/bin/python" - "$dir/expressions" >> "$dir/runs" <<'PY'
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from croniter import croniter
from cronsim import CronSim

start = datetime(2026, 10, 24, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
for expression in open(sys.argv[1]).read().strip().split("\n"):
    runs, sims = croniter(expression, start), CronSim(expression, start)
    for name, follow in (("croniter", lambda: runs.get_next(datetime)), ("cronsim", lambda: next(sims))):
        utc = [follow().astimezone(timezone.utc) for _ in range(8)]
        inside = [f"{run:%H:%M}" for run in utc if (run.month, run.day) == (10, 25) and run.hour < 2]
        print(f"{expression}: {name}", *inside)
PY
LC_ALL=C sort "$dir/runs" > "$dir/seen"

cat > "$dir/expected" <<'END'
*/30 1-3 * * *: cron-parser 00:00 00:30
*/30 1-3 * * *: croner 00:00 00:30 01:00 01:30
*/30 1-3 * * *: croniter 00:00 00:30 01:00 01:30
*/30 1-3 * * *: cronsim 00:00 00:30 01:00 01:30
0 * * * *: cron-parser 00:00 01:00
0 * * * *: croner 00:00 01:00
0 * * * *: croniter 00:00 01:00
0 * * * *: cronsim 00:00 01:00
0 0-6 * * *: cron-parser 00:00
0 0-6 * * *: croner 00:00 01:00
0 0-6 * * *: croniter 00:00 01:00
0 0-6 * * *: cronsim 00:00
30 2 * * *: cron-parser 00:30
30 2 * * *: croner 00:30
30 2 * * *: croniter 00:30 01:30
30 2 * * *: cronsim 00:30
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
