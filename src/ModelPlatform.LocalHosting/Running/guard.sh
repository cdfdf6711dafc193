# Outlives the AppHost by a moment and leaves none of its children behind, however it ended.
# $1: the mark each child and grandchild carries in its environment; $2: the file that says a run still cleans up.
# Standard input is a pipe that only the AppHost holds open; a line on it is the process id of a child.
trap '' INT TERM HUP
exec >/dev/null 2>&1
ids=
while read -r id; do ids="$ids $id"; done

left() {
  if [ -r /proc/self/environ ]; then
    grep -lszx "MODELPLATFORM_RUN=$1" /proc/[0-9]*/environ | cut -d/ -f3
  else
    for id in $ids; do kill -0 "$id" && echo "$id"; done
  fi
}

signal() {
  for id in $(left "$1"); do kill "-$2" "$id"; done
}

signal "$1" TERM
n=0
while [ $n -lt 16 ] && [ -n "$(left "$1")" ]; do sleep 0.25; n=$((n + 1)); done
n=0
while [ $n -lt 20 ] && [ -n "$(left "$1")" ]; do signal "$1" KILL; sleep 0.1; n=$((n + 1)); done
rm -f "$2"
