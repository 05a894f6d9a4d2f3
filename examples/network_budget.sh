#!/bin/sh
# Hold networks to their budgets and show a reviewer what a change costs.
set -eu
cd "$(dirname "$0")/.."

sepcost check examples/budgets.toml -f github
sepcost audit examples/mobilenet_v1_lean.toml --against examples/mobilenet_v1.toml -f markdown >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
