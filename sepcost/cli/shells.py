"""Completion in each shell: what click's own scripts get wrong after `--option=`, and in what they list."""

from __future__ import annotations

from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
)

# Quoted, so that an empty value, that of a file after nothing typed, stays one of the three of an answer.
_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a answers plain described
    local kind value help
    answers=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    for kind value help in "${answers[@]}"; do
        case $kind in
            dir) _files -/ ;;
            file) _files ;;
            plain) if [[ $help == _ ]]; then plain+=("$value"); else described+=("$value:$help"); fi ;;
        esac
    done
    (( $#described )) && _describe -V %(prog_name)s described
    (( $#plain )) && compadd -V %(prog_name)s -a plain
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l word (commandline -ct)
    set -l before (string match -r -- '^--[^=]+=' "$word"; or echo)
    for answer in (COMP_WORDS=(commandline -cp | string collect) COMP_CWORD="$word" \\
            %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
        set -l parts (string split -m 1 , -- $answer)
        set -l found $parts[2]
        switch $parts[1]
            case dir
                set found (__fish_complete_directories "$parts[2]")
            case file
                set found (__fish_complete_path "$parts[2]")
        end
        string join \\n -- $before$found
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Bash(BashComplete):
    def get_completion_args(self) -> tuple[list[str], str]:
        """Leave out the "=", which bash takes for a word of its own."""
        args, incomplete = super().get_completion_args()
        return [arg for arg in args if arg != "="], incomplete

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        """Return whole words where bash is set to leave `--option=value` whole."""
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option:
            for item in found:
                item.value = f"{option}={item.value}"
        return found


class _Zsh(ZshComplete):
    source_template = _ZSH


class _Fish(FishComplete):
    source_template = _FISH


def register() -> None:
    """Let click answer these shells so."""
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell)
