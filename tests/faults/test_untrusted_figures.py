#!/usr/bin/python3
"""The figures and pages of test_untrusted_text.py with every name and text that it has."""
import test_untrusted_text as text

program = text.program


class AllDrawn(text.Drawn):
    names = text.NAMES[:6] + text.NAMES[18:30]
    texts = text.TEXTS
    swept = text.TEXTS[1::3]


if __name__ == "__main__":
    program.main()
