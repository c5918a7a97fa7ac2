"""The bash completion: one function with everything it offers written into it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from generate.tree import Command, Option, Value, own_options

_TEMPLATE = r"""# bash completion for @PROGRAM@. Made from its command tree by packaging/generate.
# Everything it offers is written here: no program runs while you type.

# Whether option $2 takes a value in command $1.
__@PROGRAM@_takes_value() {
    case "$2" in
@GLOBAL_VALUE_OPTIONS@
    esac
    case "$1 $2" in
@OWN_VALUE_OPTIONS@
    esac
    return 1
}

# Set "offer" (words) and "files" (f or d) for the value of option $2 in command $1.
__@PROGRAM@_offer_value() {
    case "$2" in
@GLOBAL_VALUES@
    esac
    case "$1 $2" in
@OWN_VALUES@
    esac
}

# Set "offer" and "files" for argument number $2 of command $1, counted from 0.
__@PROGRAM@_offer_argument() {
    case "$1 $2" in
@ARGUMENTS@
    esac
}

# Set "offer" to the options of command $1.
__@PROGRAM@_offer_options() {
    offer=@GLOBAL_OPTIONS@
    case "$1" in
@OWN_OPTIONS@
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
@COMMANDS@ command="${command:+$command }$word" ;;
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
    below = [command for command in root.walk() if command.path]
    own = [(" ".join(c.path), option) for c in below for option in own_options(root, c)]
    parts = {
        "GLOBAL_VALUE_OPTIONS": [_case(_valued(root.options), "return 0")],
        "OWN_VALUE_OPTIONS": [
            _case([f"{path} {name}" for name in option.all_names], "return 0")
            for path, option in own
            if option.value
        ],
        "GLOBAL_VALUES": [_value_case("", option) for option in root.options],
        "OWN_VALUES": [_value_case(f"{path} ", option) for path, option in own],
        "ARGUMENTS": [line for command in root.walk() for line in _argument_cases(command)],
        "OWN_OPTIONS": [_options_case(command, own_options(root, command)) for command in below],
        "COMMANDS": ["            " + _patterns(" ".join(command.path) for command in below)],
    }
    text = _TEMPLATE
    for name, lines in parts.items():
        # "@COMMANDS@" shares its line with what follows, the others stand alone.
        text = text.replace(f"@{name}@", "\n".join(line for line in lines if line) or "    *) ;;")
    text = text.replace("@GLOBAL_OPTIONS@", _words(_names(root.options)))
    return text.replace("@PROGRAM@", program)


def _names(options: Iterable[Option]) -> list[str]:
    return [name for option in options for name in option.all_names]


def _valued(options: Iterable[Option]) -> list[str]:
    return _names(option for option in options if option.value)


def _patterns(words: Iterable[str]) -> str:
    return " | ".join(shlex.quote(word) for word in words) + ")"


def _words(words: Iterable[str]) -> str:
    # Quoted even where it need not be: a bare name after "=" looks like a mistake to shellcheck.
    return "'" + " ".join(words) + "'"


def _case(patterns: list[str], action: str) -> str:
    return f"    {_patterns(patterns)} {action} ;;" if patterns else ""


def _offer(value: Value) -> str:
    if value.choices:
        return f"offer={_words(value.choices)}"
    if value.is_path:
        return f"files={'d' if value.is_folder else 'f'}"
    return ""


def _value_case(prefix: str, option: Option) -> str:
    if option.value is None or not (action := _offer(option.value)):
        return ""
    return _case([prefix + name for name in option.all_names], action)


def _argument_cases(command: Command) -> list[str]:
    path = " ".join(command.path)
    if command.commands:
        names = [child.path[-1] for child in command.commands]
        return [_case([f"{path} 0"], f"offer={_words(names)}")]
    lines = []
    for index, argument in enumerate(command.arguments):
        action = _offer(argument.value)
        if action and argument.repeatable:
            lines.append(f"    {shlex.quote(path + ' ')}*) {action} ;;")
        elif action:
            lines.append(_case([f"{path} {index}"], action))
    return lines


def _options_case(command: Command, options: Iterable[Option]) -> str:
    names = _names(options)
    path = " ".join(command.path)
    return _case([path], f"offer+={_words(['', *names])}") if names else ""
