"""What is wrong with a configuration file as a text, or with an edit of it."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class ConfigurationError(DockerctlError):
    """A configuration file cannot be read or edited as it stands; nothing was changed.

    ``details`` of those that have a place: ``file``, ``line`` and ``column``, both from 1.
    """

    exit_code = ExitCode.CONFIG_INVALID


class InvalidEncoding(ConfigurationError):
    """A byte of the file is not UTF-8."""

    code = "config-encoding-invalid"
    default_hint = "Save the file as UTF-8 in your editor, or convert it with iconv."


class WideEncoding(ConfigurationError):
    """The file is UTF-16 or UTF-32, as some Windows editors write it."""

    code = "config-encoding-wide"
    default_hint = "Convert it: 'iconv -f UTF-16 -t UTF-8 OLD > NEW'."


class ByteOrderMark(ConfigurationError):
    """The file begins with the mark that some Windows editors put before UTF-8."""

    code = "config-byte-order-mark"
    default_hint = "Save the file as UTF-8 without BOM, or remove the first three bytes."


class ZeroBytes(ConfigurationError):
    """The file has nothing but zero bytes, as a crash of the host can leave it."""

    code = "config-zero-bytes"
    default_hint = "The content is lost. Put back a copy, or remove the file to use the defaults."


class ConfigTooLarge(ConfigurationError):
    """The file is larger than any configuration."""

    code = "config-too-large"
    default_hint = "Check that it is the right file."


class NestedTooDeep(ConfigurationError):
    """Objects and lists stand in each other more deeply than any configuration needs."""

    code = "config-too-deep"
    default_hint = "Check that it is the right file."


class RootNotObject(ConfigurationError):
    """What the file holds is not an object in braces."""

    code = "config-root-not-object"
    default_hint = "Put all settings into one pair of braces."


class DuplicateKey(ConfigurationError):
    """A key stands twice in one object; dockerd takes the last one without a word."""

    code = "config-duplicate-key"
    default_hint = "Keep one of them. dockerd uses the last and ignores the others."


class CommentFound(ConfigurationError):
    """A comment: JSON has none, and dockerd does not start with one."""

    code = "config-comment"
    default_hint = "Remove the comment: JSON has none."


class TrailingComma(ConfigurationError):
    """A comma after the last entry of an object or a list."""

    code = "config-trailing-comma"
    default_hint = "Remove the comma: none may stand before a closing brace or bracket."


class MissingComma(ConfigurationError):
    """No comma between two entries."""

    code = "config-missing-comma"
    default_hint = "Put a comma between the two entries."


class MissingColon(ConfigurationError):
    """No colon between a key and its value."""

    code = "config-missing-colon"
    default_hint = 'Write "key": value.'


class MissingValue(ConfigurationError):
    """No value where one belongs."""

    code = "config-missing-value"
    default_hint = "Write the value, or remove the key."


class MissingQuote(ConfigurationError):
    """A key or text without its double quotes, or with only one of them."""

    code = "config-missing-quote"
    default_hint = "Keys and texts stand in double quotes, on one line."


class SingleQuotes(ConfigurationError):
    """A key or text in single quotes."""

    code = "config-single-quotes"
    default_hint = "Use double quotes."


class TypographicQuotes(ConfigurationError):
    """A key or text in quotes of a word processor or web page."""

    code = "config-typographic-quotes"
    default_hint = "Use the plain double quote of the keyboard."


class WrongWord(ConfigurationError):
    """A word of another language, such as True or None."""

    code = "config-wrong-word"
    default_hint = "JSON has three words, in small letters: true, false and null."


class NotANumber(ConfigurationError):
    """NaN or Infinity, which JSON does not have."""

    code = "config-not-a-number"
    default_hint = "Write a number in digits."


class NumberMalformed(ConfigurationError):
    """A number in a spelling that JSON does not have."""

    code = "config-number-malformed"
    default_hint = "Write it in decimal digits, such as 5, -1 or 0.5, without zeros in front."


class NumberTooLarge(ConfigurationError):
    """A number that dockerd cannot hold."""

    code = "config-number-too-large"
    default_hint = "Write a smaller number."


class ControlCharacter(ConfigurationError):
    """A tab or another control character within a text."""

    code = "config-control-character"
    default_hint = "Remove it, or write a tab as \\t."


class WrongEscape(ConfigurationError):
    """A backslash in a text that does not begin an escape of JSON."""

    code = "config-wrong-escape"
    default_hint = "Write a backslash as \\\\."


class LoneSurrogate(ConfigurationError):
    """Half of a character: an escape that needs a second one beside it."""

    code = "config-lone-surrogate"
    default_hint = "Write the character itself in place of its escape."


class TemplateLeft(ConfigurationError):
    """A template that was copied without being filled in."""

    code = "config-template"
    default_hint = "Let the tool that the template is for write the file."


class TextAfterEnd(ConfigurationError):
    """Something stands after the closing brace of the whole."""

    code = "config-text-after-end"
    default_hint = "Remove it, or the closing brace before it when that is one too many."


class UnexpectedEnd(ConfigurationError):
    """The file ends too early."""

    code = "config-unexpected-end"
    default_hint = "Add the closing brace or bracket. The file may have been cut off."


class UnexpectedText(ConfigurationError):
    """A character that cannot stand where it stands."""

    code = "config-unexpected-text"
    default_hint = "Remove it, or look for the mistake just before it."


class KeyNotObject(ConfigurationError):
    """A key inside another was asked for, and that other one is no object."""

    code = "config-key-not-object"
    default_hint = "Unset the outer key first, or give it a whole object."


class KeyNotList(ConfigurationError):
    """An item was to be added to or removed from something that is no list."""

    code = "config-key-not-list"
    default_hint = "Use 'dockerctl config set' for a key that has one value."
