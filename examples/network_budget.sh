#!/bin/sh
# Show a reviewer what a change costs, and hold networks to their budgets.
set -eu
cd "$(dirname "$0")/.."

sepcost audit examples/mobilenet_v1_lean.toml --against examples/mobilenet_v1.toml -f markdown >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
sepcost check examples/budgets.toml -f github
