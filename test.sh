#!/usr/bin/env bash
# Builds everything, runs every test, and ends with one line: N passed, N failed, N skipped.
# Needs the .NET SDK of global.json and Node.js 20 or newer; the rest it fetches itself.
# ./test.sh [name…] runs only the test projects whose names hold one of the words. CONFIGURATION=Release builds that.
set -uo pipefail
cd "$(dirname "$0")"
exec </dev/null

configuration=${CONFIGURATION:-Debug}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
passed=0 failed=0 skipped=0

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
  exit
}

step() { echo "== $*"; }

# A test program that stands still is ended and counted as failed.
patiently() { if command -v timeout >/dev/null; then timeout --kill-after=60 2700 "$@"; else "$@"; fi; }

hash_of() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

for program in dotnet node npm; do
  command -v "$program" >/dev/null || { echo "$program was not found"; failed=1; finish; }
done

step "tools and npm packages"
dotnet tool restore --verbosity quiet || { failed=1; finish; }
while IFS= read -r lock; do
  folder=$(dirname "$lock")
  stamp=$folder/node_modules/.restored
  wanted=$(hash_of "$lock")
  # The same stamp as the AppHost's own restore writes.
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && continue
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error) || { echo "npm ci failed in $folder"; failed=1; finish; }
  printf %s "$wanted" >"$stamp"
done < <(git ls-files --cached --others --exclude-standard -- '*package-lock.json' 2>/dev/null || find . -name package-lock.json -not -path '*/node_modules/*')

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    step "chromium, for the tests in a browser"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
      echo "chromium could not be installed: the tests in a browser are skipped"
  else
    echo "chromium is missing, and only root with apt can install it here: the tests in a browser are skipped"
  fi
fi

step "build ($configuration)"
dotnet build ModelPlatform.sln --configuration "$configuration" --verbosity quiet -nologo || { failed=1; finish; }

artifacts=artifacts/bin output=artifacts/test-results
mkdir -p "$output"
for project in tests/*Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  if [ $# -gt 0 ]; then
    wanted=no
    for word in "$@"; do case $name in *"$word"*) wanted=yes ;; esac; done
    [ $wanted = yes ] || continue
  fi

  step "$name"
  program=$artifacts/$name/$(printf %s "$configuration" | tr '[:upper:]' '[:lower:]')/$name
  patiently "$program" -noColor -noLogo -noAutoReporters 2>&1 | tee "$output/$name.log"
  code=${PIPESTATUS[0]}
  summary=$(grep -E '^ +[A-Za-z.]+ +Total: ' "$output/$name.log" | tail -1)
  if [ -z "$summary" ]; then
    # An assembly without tests says so and fails; anything else without a summary has crashed.
    if grep -qE 'Total: 0' "$output/$name.log"; then continue; fi
    echo "$name ended with exit code $code and without a summary"
    failed=$((failed + 1))
    continue
  fi

  number() { printf %s "$summary" | grep -oE "$1: [0-9]+" | grep -oE '[0-9]+'; }
  bad=$(($(number Errors) + $(number Failed)))
  left=$(($(number Skipped) + $(number 'Not Run')))
  passed=$((passed + $(number Total) - bad - left))
  failed=$((failed + bad)) skipped=$((skipped + left))
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || { [ "$(number Total)" -eq 0 ] || { echo "$name ended with exit code $code"; failed=$((failed + 1)); }; }
done

finish
