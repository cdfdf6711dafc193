#!/usr/bin/env bash
# Rewrites PublicAPI.Unshipped.txt of the published libraries from what the analyzer finds missing. Review the diff: it is the contract.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in ${*:-src/ModelPlatform.Sources src/ModelPlatform.Client}; do
  [ -f "$project/PublicAPI.Unshipped.txt" ] || continue
  printf '#nullable enable\n' > "$project/PublicAPI.Unshipped.txt"
  missing=$(dotnet build "$project" --no-incremental -p:TreatWarningsAsErrors=false 2>&1 | grep -oP "warning RS0016: Symbol '\K.+?(?=' is not part of the declared)" | sort -u || true)
  { printf '#nullable enable\n'; [ -z "$missing" ] || printf '%s\n' "$missing" | LC_ALL=C sort -u; } > "$project/PublicAPI.Unshipped.txt"
done
