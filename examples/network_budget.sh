#!/bin/sh
# Hold networks to their budgets and show a reviewer what a change costs.
set -eu
cd "$(dirname "$0")"

sepcost check budgets.toml -f github
sepcost audit mobilenet_v1_lean.toml --against mobilenet_v1.toml -f markdown >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
