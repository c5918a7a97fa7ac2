"""The bash completion: one function with everything it offers written into it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from generate.meanings import Meanings
from generate.tree import Command, Value

# One alternative of a "case": the patterns, and what is done.
Case = tuple[list[str], str]

_TEMPLATE = r"""# bash completion for @PROGRAM@. Made from its command tree by packaging/generate.
# Everything it offers is written here: no program runs while you type.

# Whether option $2 takes a value in command $1.
__@PROGRAM@_takes_value() {
    local key
    for key in "$2" "$1 $2"; do
        case "$key" in
        @VALUE_OPTIONS@
        esac
    done
    return 1
}

# Set "offer" (words) and "files" (f or d) for the value of option $2 in command $1.
__@PROGRAM@_offer_value() {
    local key
    for key in "$2" "$1 $2"; do
        case "$key" in
        @VALUES@
        esac
    done
}

# Set "offer" and "files" for argument number $2 of command $1, counted from 0.
__@PROGRAM@_offer_argument() {
    case "$1 $2" in
    @ARGUMENTS@
    esac
}

# Set "offer" to the options of command $1.
__@PROGRAM@_offer_options() {
    case "$1" in
    @OPTIONS@
    esac
}

_@PROGRAM@() {
    local current=${COMP_WORDS[COMP_CWORD]} command='' expecting='' prefix='' word
    local offer='' files='' only_arguments=''
    local -i count=0 i
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $expecting ]]; then
            # bash cuts --option=value in three, at the "=".
            [[ $word == '=' ]] || expecting=''
        elif [[ -n $only_arguments ]]; then
            count+=1
        elif [[ $word == -- ]]; then
            only_arguments=yes
        elif [[ $word == -* ]]; then
            ! __@PROGRAM@_takes_value "$command" "$word" || expecting=$word
        else
            case "${command:+$command }$word" in
            @COMMANDS@
            *) count+=1 ;;
            esac
        fi
    done

    if [[ -n $expecting && $current == '=' ]]; then
        current=''
    elif [[ -z $expecting && -z $only_arguments && $current == --*=* ]]; then
        # Not cut: COMP_WORDBREAKS has no "=" here.
        __@PROGRAM@_takes_value "$command" "${current%%=*}" || return 0
        expecting=${current%%=*}
        prefix="$expecting="
        current=${current#*=}
    fi

    if [[ -n $expecting ]]; then
        __@PROGRAM@_offer_value "$command" "$expecting"
    elif [[ -z $only_arguments && $current == -* ]]; then
        __@PROGRAM@_offer_options "$command"
    else
        __@PROGRAM@_offer_argument "$command" "$count"
        if [[ -z $offer$files$current$only_arguments ]]; then
            __@PROGRAM@_offer_options "$command"
        fi
    fi

    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -P "$prefix" "-$files" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$offer" -- "$current")
    fi
}

complete -F _@PROGRAM@ @PROGRAM@
"""


def render_bash(root: Command, program: str) -> str:
    """The text of the completion file."""
    commands = list(root.walk())
    below = [_path(command) for command in commands if command.path]
    valued = {key: value for key, value in Meanings(root).by_key.items() if value}
    tables = {
        "VALUE_OPTIONS": [(list(valued), "return 0")],
        "VALUES": _grouped((key, _offer(value)) for key, value in valued.items()),
        "ARGUMENTS": [case for command in commands for case in _argument_cases(command)],
        "OPTIONS": _grouped((_path(command), _offer_options(command)) for command in commands),
        "COMMANDS": [(below, 'command="${command:+$command }$word"')],
    }
    text = _TEMPLATE
    for name, cases in tables.items():
        text = _fill(text, name, cases)
    return text.replace("@PROGRAM@", program)


def _fill(text: str, name: str, cases: Iterable[Case]) -> str:
    """Put ``cases`` where a line of the template says ``@name@``, with that line's indentation."""
    lines = [
        " | ".join(shlex.quote(pattern) for pattern in patterns) + f") {action} ;;"
        for patterns, action in cases
        if patterns and action
    ]
    # A "case" without any alternative is a syntax error in older versions.
    lines = lines or ["'') ;;"]
    return re.sub(
        rf"^( *)@{name}@$",
        lambda match: "\n".join(match.group(1) + line for line in lines),
        text,
        flags=re.MULTILINE,
    )


def _grouped(actions: Iterable[tuple[str, str]]) -> list[Case]:
    """One case for all the patterns that have the same action."""
    patterns: dict[str, list[str]] = {}
    for pattern, action in actions:
        patterns.setdefault(action, []).append(pattern)
    return [(group, action) for action, group in patterns.items()]


def _path(command: Command) -> str:
    return " ".join(command.path)


def _offer_words(words: Iterable[str]) -> str:
    # Quoted even where it need not be: a bare name after "=" looks like a mistake to shellcheck.
    return f"offer='{' '.join(words)}'"


def _offer_options(command: Command) -> str:
    return _offer_words(name for option in command.options for name in option.all_names)


def _offer(value: Value) -> str:
    if value.choices:
        return _offer_words(value.choices)
    if value.is_path:
        return f"files={'d' if value.is_folder else 'f'}"
    return ""


def _argument_cases(command: Command) -> list[Case]:
    path = _path(command)
    if command.commands:
        return [([f"{path} 0"], _offer_words(child.path[-1] for child in command.commands))]
    cases: list[Case] = []
    for index, argument in enumerate(command.arguments):
        last = 9 if argument.repeatable else index
        cases.append(([f"{path} {i}" for i in range(index, last + 1)], _offer(argument.value)))
    return cases
