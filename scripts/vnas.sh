#!/bin/sh
# The reference valuation: prints a random amount between 50.00 and 100.00. Reads nothing of the task document.
# Nothing but builtins: starting a second program would double what a task costs.
if read -r uuid 2>/dev/null </proc/sys/kernel/random/uuid; then
    n=$((0x${uuid%%-*}))
else
    n=$(od -An -N4 -tu4 /dev/urandom) || exit 75
fi
cents=$((5000 + n % 5001))
printf '%d.%02d\n' $((cents / 100)) $((cents % 100))
