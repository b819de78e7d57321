"""Finds places in a C++ source where one realistic fault can be put, and writes the source with all chosen faults compiled in.

A region is a condition, a returned value, an initialiser or a statement of a function's body. Each region takes at most one fault. The rewritten
region holds both the original and the changed text, chosen at run time by `nnc_mutant::On(number)`. Line numbers stay
as they are (the changed text stands on one line), so that a compiler's message names the fault that does not compile.

The reader works on tokens and knows the project's style: comparison operators and binary operators stand between blanks, template brackets do not.
"""
import dataclasses
import re

TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<directive>(?<![^\n])[ \t]*#(?:\\\n|[^\n])*)|(?P<string>(?:u8|L)?R"(?P<raw>[^(\s]*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|'
    r"'(?:\\.|[^'\\\n])+')|(?P<number>(?:0[xX][0-9a-fA-F']+|(?:\d[\d']*)(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)[uUlLfFzZ]*)|(?P<word>[A-Za-z_]\w*)|"
    r"(?P<sign><=>|<<=|>>=|\.\.\.|->|::|\+\+|--|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|<<|[-+*/%<>=!&|^~?:;,.(){}\[\]])|(?P<blank>\s+)|(?P<other>.)",
    re.DOTALL)
COMMUTATIVE = re.compile(r"min|max|gcd|Min|Max|Create(F?Add|F?Mul|And|Or|Xor|ICmpEQ|ICmpNE)")
CLOSERS = {"(": ")", "[": "]", "{": "}"}
SCOPES = {"namespace", "struct", "class", "enum", "union", "extern"}
NO_STATEMENT = {"using", "typedef", "static_assert", "struct", "class", "enum", "union", "template", "goto", "throw", "delete", "friend", "asm", "static",
                "constexpr", "assert", "co_return", "switch", "public", "private", "protected", "case", "default"}


@dataclasses.dataclass
class Token:
    kind: str
    text: str
    begin: int
    end: int


@dataclasses.dataclass
class Fault:
    file: str
    line: int
    last_line: int
    kind: str
    what: str         # "before" -> "after", short
    form: str         # condition, returned, initialiser, statement, dropped
    begin: int        # the region in the file's text
    end: int
    changed: str      # its changed text on one line; "" for a dropped statement
    number: int = 0


def tokens_of(text):
    found = []
    for match in TOKEN.finditer(text):
        if match.lastgroup in ("comment", "blank", "directive"):
            continue
        kind = "string" if match.group("string") else match.lastgroup
        found.append(Token(kind, match.group(), match.start(), match.end()))
    return found


def partners_of(tokens):
    """Index of the closing bracket for each opening one; None if the brackets do not match."""
    partners, stack = {}, []
    for i, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in CLOSERS:
            stack.append(i)
        elif token.text in ")]}":
            if not stack or CLOSERS[tokens[stack[-1]].text] != token.text:
                return None
            partners[stack.pop()] = i
    return partners if not stack else None


def block_openers(tokens, partners):
    """The braces that open a body of statements."""
    openers = {b: a for a, b in partners.items()}
    blocks, enclosing = set(), []
    closing = {}
    for i, token in enumerate(tokens):
        while enclosing and closing[enclosing[-1]] < i:
            enclosing.pop()
        if token.text != "{" or token.kind != "sign" or i == 0:
            continue
        before = tokens[i - 1]
        inside = bool(enclosing) and enclosing[-1] in blocks
        if before.text in (")", "else", "do", "try", "const", "noexcept", "override", "mutable", "]"):
            block = True
        elif before.text in (";", "{", "}", ":"):
            block = inside or (before.text == "}" and not inside)
        else:
            j = i - 1
            words = set()
            while j >= 0 and tokens[j].text not in (";", "{", "}"):
                if tokens[j].text == ")":
                    words.add(")")
                    break
                words.add(tokens[j].text)
                j -= 1
            block = ")" in words and "->" in words and not words & {"=", "return", ","}
        if before.text == "}" and not inside:  # the end of a constructor's initialisers, if a parenthesis came before
            block = openers.get(i - 1) not in blocks and openers.get(i - 1) is not None and tokens[openers[i - 1] - 1].kind == "word"
        if block:
            blocks.add(i)
        enclosing.append(i)
        closing[i] = partners[i]
    return blocks


class Reader:
    def __init__(self, file, text):
        self.file, self.text = file, text
        self.tokens = tokens_of(text)
        self.partners = partners_of(self.tokens)
        self.faults = []  # lists: one per region

    def read(self):
        if self.partners is None:
            return []
        self.blocks = block_openers(self.tokens, self.partners)
        i = 0
        while i < len(self.tokens):
            if i in self.blocks:
                self.body(i + 1, self.partners[i])
                i = self.partners[i]
            i += 1
        return self.faults

    # Statements of tokens[i:end].
    def body(self, i, end):
        while i < end:
            text = self.tokens[i].text
            if text in ("if", "while") and i + 1 < end:
                i = self.controlled(i)
            elif text == "for":
                i = self.loop(i)
            elif text in ("else", "do", "try", "{", "}", ";"):
                i += 1
            elif text == "switch":
                i = self.partners[i + 1] + 1
            elif text in ("case", "default"):
                while self.tokens[i].text != ":":
                    i += 1
                i += 1
            else:
                i = self.statement(i, end)

    def controlled(self, i):
        word = self.tokens[i].text
        if self.tokens[i + 1].text == "constexpr":
            return self.partners[i + 2] + 1
        first, last = i + 2, self.partners[i + 1]
        self.nested(first, last)
        depth_zero = [k for k in self.top_level(first, last) if self.tokens[k].text == ";"]
        if depth_zero:
            first = depth_zero[-1] + 1
        if not any(self.tokens[k].text == "=" for k in self.top_level(first, last)) and self.plain(first, last):
            self.region(first, last, "condition", guard=word == "if")
        return last + 1

    def loop(self, i):
        first, last = i + 2, self.partners[i + 1]
        self.nested(first, last)
        ends = [k for k in self.top_level(first, last) if self.tokens[k].text == ";"]
        if len(ends) == 2 and ends[1] > ends[0] + 1 and self.plain(first, last):
            self.region(ends[0] + 1, ends[1], "condition")
        return last + 1

    def top_level(self, first, last):
        k = first
        while k < last:
            yield k
            k = self.partners[k] if k in self.partners else k
            k += 1

    def nested(self, first, last):
        """Bodies of lambdas between the two tokens."""
        k = first
        while k < last:
            if k in self.blocks:
                self.body(k + 1, self.partners[k])
                k = self.partners[k]
            k += 1

    def plain(self, first, last):
        return first < last and not any(k in self.blocks for k in range(first, last))

    def statement(self, i, end):
        stop = next((k for k in self.top_level(i, end) if self.tokens[k].text == ";"), None)
        if stop is None:
            self.nested(i, end)
            return end
        self.nested(i, stop)
        first = self.tokens[i].text
        if first in NO_STATEMENT or not self.plain(i, stop):
            return stop + 1
        if first in ("break", "continue") or (first == "return" and stop == i + 1):
            self.add([self.fault(i, stop + 1, "exit removed", first + ";", "", "dropped", "")])
        elif first == "return":
            if not self.tokens[i + 1].text == "{":
                self.region(i + 1, stop, "returned")
        elif self.declares(i, stop):
            equals = next((k for k in self.top_level(i, stop) if self.tokens[k].text == "="), None)
            commas = any(self.tokens[k].text == "," for k in self.top_level(equals or i, stop))
            if equals and not commas and self.tokens[equals + 1].text not in ("{", "["):
                self.region(equals + 1, stop, "initialiser")
        else:
            self.region(i, stop, "statement", drop=True)
        return stop + 1

    def declares(self, i, stop):
        if self.tokens[i].text in ("auto", "const", "unsigned", "thread_local"):
            return True
        if self.tokens[i].kind != "word":
            return False
        k = i + 1
        while k < stop:
            text = self.tokens[k].text
            if text == "::":
                k += 2
            elif text == "<" and self.tokens[k].begin == self.tokens[k - 1].end:
                depth = 1
                while depth and k + 1 < stop:
                    k += 1
                    depth += {"<": 1, ">": -1}.get(self.tokens[k].text, 0)
                k += 1
            elif text in ("*", "&", "const"):
                k += 1
            else:
                return self.tokens[k].kind == "word" and k > i
        return False

    # What can go wrong in tokens[first:last].
    def region(self, first, last, form, guard=False, drop=False):
        faults = []
        if guard:
            original = self.render(first, last)
            faults.append(self.fault(first, last, "guard dropped", short(original), "true", form, "true"))
            faults.append(self.fault(first, last, "guard dropped", short(original), "false", form, "false"))
        if drop:
            faults.append(self.fault(first, last + 1, "statement dropped", short(self.render(first, last)), "", "dropped", ""))
        for kind, k, k_end, replacement in self.edits(first, last):
            before = short(self.render(max(first, k - 2), min(last, k_end + 2)))
            changed = self.render(first, last, k, k_end, replacement)
            after = short(self.render(max(first, k - 2), min(last, k_end + 2), k, k_end, replacement))
            region_end = last + 1 if form == "statement" else last
            faults.append(self.fault(first, region_end, kind, before, after, form, changed))
        self.add(faults)

    def edits(self, first, last):
        """(kind, from token, to token, new text)"""
        for k in range(first, last):
            token = self.tokens[k]
            spaced = k > first and k + 1 < last and self.tokens[k - 1].end < token.begin and token.end < self.tokens[k + 1].begin
            if token.kind == "sign" and spaced:
                yield from self.binary(k, first, last)
            elif token.text == "!" and k + 1 < last:
                yield "negation removed", k, k + 1, "!!"  # still a truth: what is negated may be of another type
            elif token.text in ("true", "false"):
                yield "constant changed", k, k + 1, "false" if token.text == "true" else "true"
            elif token.kind == "number":
                yield from self.constant(k)
            elif token.text in ("min", "max", "Min", "Max"):
                yield "minimum for maximum", k, k + 1, {"min": "max", "max": "min", "Min": "Max", "Max": "Min"}[token.text]
            elif token.text == "(" and k > first and self.tokens[k - 1].kind == "word" and not COMMUTATIVE.fullmatch(self.tokens[k - 1].text):
                yield from self.swapped_arguments(k)

    def binary(self, k, first, last):
        text = self.tokens[k].text
        strings = any(self.tokens[j].kind == "string" for j in range(first, last))
        comparisons = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
        if text in comparisons:
            yield "comparison changed", k, k + 1, comparisons[text]
        elif text in ("&&", "||"):
            yield "and for or", k, k + 1, "||" if text == "&&" else "&&"
        elif text in ("+", "-") and not strings:
            if self.tokens[k + 1].text == "1":
                yield "one forgotten", k, k + 2, ""
            yield "sign flipped", k, k + 1, "-" if text == "+" else "+"
        elif text in ("*", "/"):
            end = self.primary(k + 1, last)
            if end:
                yield "factor forgotten", k, end, ""
        elif text in ("+=", "-=") and not strings:
            yield "sign flipped", k, k + 1, "-=" if text == "+=" else "+="
        if text in ("-", "/", "<", "<=") and not strings:
            end, begin = self.primary(k + 1, last), self.primary_back(k - 1, first)
            if end and begin is not None:
                yield "operands swapped", begin, end, f"{self.render(k + 1, end)} {text} {self.render(begin, k)}"

    def constant(self, k):
        text = self.tokens[k].text
        if re.fullmatch(r"\d+", text):
            yield "constant changed", k, k + 1, str(int(text) + 1)
            if text == "1":
                yield "constant changed", k, k + 1, "0"
        elif re.fullmatch(r"\d+\.\d*(e-?\d+)?", text):
            yield "constant changed", k, k + 1, f"({text} * 1.25 + 0.25)" if float(text) == 0 else f"({text} * 1.25)"

    def swapped_arguments(self, k):
        last = self.partners[k]
        commas = [j for j in self.top_level(k + 1, last) if self.tokens[j].text == ","]
        if len(commas) != 1:
            return
        a, b = self.render(k + 1, commas[0]), self.render(commas[0] + 1, last)
        if a != b and '"' not in a + b and len(a + b) < 60:
            yield "arguments swapped", k + 1, last, f"{b}, {a}"

    def primary(self, k, last):
        """One past the operand that starts at k; None if it is none of the simple ones."""
        if k >= last:
            return None
        if self.tokens[k].text == "(":
            return self.partners[k] + 1
        if self.tokens[k].kind not in ("word", "number"):
            return None
        k += 1
        while k < last and self.tokens[k].text in (".", "->", "::", "(", "[", "<"):
            if self.tokens[k].text == "<":
                if self.tokens[k].begin != self.tokens[k - 1].end:
                    break
                return None if self.tokens[k - 1].text != "static_cast" else self.cast(k, last)
            k = self.partners[k] + 1 if k in self.partners else k + 2
        return k

    def cast(self, k, last):
        while k < last and self.tokens[k].text != "(":
            k += 1
        return self.partners[k] + 1 if k < last else None

    def primary_back(self, k, first):
        if self.tokens[k].kind == "number":
            return k
        if self.tokens[k].kind != "word":
            return None
        while k - 2 >= first and self.tokens[k - 1].text in (".", "->", "::") and self.tokens[k - 2].kind == "word":
            k -= 2
        if k - 1 >= first and self.tokens[k - 1].text in (".", "->", "::", "*", "/", "%", "!", "-", "&", "~", ">"):
            return None
        return k

    def render(self, first, last, cut=None, cut_end=None, replacement=""):
        """The tokens on one line, tokens[cut:cut_end] replaced."""
        parts, k = [], first
        while k < last:
            if k == cut:
                parts.append(" " + replacement + " ")
                k = cut_end
                continue
            if k > first and self.tokens[k - 1].end < self.tokens[k].begin:
                parts.append(" ")
            parts.append(self.tokens[k].text)
            k += 1
        return "".join(parts).strip()

    def fault(self, first, last, kind, before, after, form, changed):
        begin, end = self.tokens[first].begin, self.tokens[last - 1].end
        line, last_line = self.text.count("\n", 0, begin) + 1, self.text.count("\n", 0, end) + 1
        return Fault(self.file, line, last_line, kind, f"{before}  ->  {after or '(nothing)'}", form, begin, end, changed)

    def add(self, faults):
        if faults:
            self.faults.append(faults)


def short(text):
    return text if len(text) <= 70 else text[:67] + "..."


def regions(file, text):
    """A list of lists: the faults that are possible in each region of the file."""
    return Reader(file, text).read()


def rewritten(text, faults):
    """The source with these faults (of distinct regions) compiled in."""
    for fault in sorted(faults, key=lambda f: -f.begin):
        original = text[fault.begin:fault.end]
        on = f"::nnc_mutant::On({fault.number})"
        if fault.form == "dropped":
            new = f"{{ if (!{on}) {{ {original} }} }}"
        elif fault.form == "statement":
            new = f"{{ if ({on}) {{ {fault.changed}; }} else {{ {original} }} }}"
        elif fault.form == "returned":
            new = f"{on} ? ({fault.changed}) : ({original})"
        elif fault.form == "initialiser":
            new = f"{on} ? ({fault.changed}) : ({original})"
        elif fault.changed == "true":
            new = f"{on} || ({original})"
        elif fault.changed == "false":
            new = f"!{on} && ({original})"
        else:
            new = f"{on} ? ({fault.changed}) : ({original})"
        text = text[:fault.begin] + new + text[fault.end:]
    return '#include "nnc_mutant.h"\n' + text
