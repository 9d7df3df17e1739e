/*
 * Command lines of a made-up command: what each parser takes and refuses, where operands go, and
 * what a person is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "cli/options.h"

struct settings {
    bool quiet, verbose;
    const char *name;
    int color;
    int64_t count, any, bytes;
};

static const char *const colors[] = {"red", "green", "l", NULL};
static const struct option_choices color_choices = {colors};
static const struct option_range count_range = {-5, 1000};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec table[] = {
    {"quiet", 'q', NULL, "say nothing", option_flag, AT(quiet), NULL},
    {"verbose", 'v', NULL, "say all", option_flag, AT(verbose), NULL},
    {"name", 'n', "TEXT", "a text", option_text, AT(name), NULL},
    {"color", 0, "NAME", "one of a few", option_choice, AT(color), &color_choices},
    {"count", 'c', "N", "a number within bounds", option_number, AT(count), &count_range},
    {"any", 0, "N", "any number", option_number, AT(any), NULL},
    {"max-bytes", 'b', "SIZE", "a size", option_bytes, AT(bytes), NULL},
    {0},
};
static const char *const usage[] = {"made-up [OPTIONS] FILE...", "made-up --any N", NULL};
static const char *const examples[] = {"pixscale made-up -q x", "an example", NULL};

static const struct command command = {
    .name = "made-up",
    .summary = "does nothing",
    .usage = usage,
    .about = "About it.",
    .options = table,
    .examples = examples,
};

struct parsed {
    enum options_outcome outcome;
    struct settings settings;
    char operands[256]; /* joined by a space */
    struct capture err, out;
    const char *stderr_text, *stdout_text;
};

/* Parses "made-up" and the words, up to a NULL. */
static struct parsed *parse(const char *const words[])
{
    static struct parsed parsed;
    static char copies[32][1200];
    char *argv[33] = {"made-up"};
    int argc = 1, first = 0;
    for (; words[argc - 1]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    memset(&parsed, 0, sizeof parsed);
    parsed.settings = (struct settings){.color = -1, .count = 77};
    capture_begin(&parsed.err, stderr);
    capture_begin(&parsed.out, stdout);
    parsed.outcome = options_parse(&command, argc, argv, &parsed.settings, &first);
    parsed.stdout_text = capture_end(&parsed.out);
    parsed.stderr_text = capture_end(&parsed.err);
    for (int i = first; parsed.outcome == OPTIONS_OK && i < argc; i++) {
        size_t used = strlen(parsed.operands);
        snprintf(parsed.operands + used, sizeof parsed.operands - used, "%s%s", used ? " " : "",
                 argv[i]);
    }
    return &parsed;
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

/* One line on stderr that begins as every message does and has both words in it. */
static void assert_wrong(const struct parsed *parsed, const char *word, const char *other)
{
    assert_int_equal(parsed->outcome, OPTIONS_WRONG);
    const char *text = parsed->stderr_text;
    assert_int_equal(strncmp(text, "pixscale: made-up: ", 19), 0);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    if (!strstr(text, word) || !strstr(text, other))
        fail_msg("'%s' or '%s' is not in: %s", word, other, text);
    assert_string_equal(parsed->stdout_text, "");
}

static void options_reach_their_fields(void **state)
{
    (void)state;
    struct parsed *p = PARSE("-q", "--name", "a b", "--color=green", "-c12", "--any", "-9", "-b2K");
    assert_int_equal(p->outcome, OPTIONS_OK);
    assert_true(p->settings.quiet && !p->settings.verbose);
    assert_string_equal(p->settings.name, "a b");
    assert_int_equal(p->settings.color, 1);
    assert_int_equal(p->settings.count, 12);
    assert_int_equal(p->settings.any, -9);
    assert_int_equal(p->settings.bytes, 2048);
    assert_string_equal(p->operands, "");
    assert_string_equal(p->stderr_text, "");
    assert_string_equal(p->stdout_text, "");
    p = parse((const char *const[]){NULL});
    assert_int_equal(p->outcome, OPTIONS_OK);
    assert_int_equal(p->settings.count, 77); /* defaults are the caller's */
    p = PARSE("-qvc", "5", "-c", "6");       /* bundled; the last one counts */
    assert_true(p->settings.quiet && p->settings.verbose);
    assert_int_equal(p->settings.count, 6);
}

static void operands_move_to_the_end(void **state)
{
    (void)state;
    assert_string_equal(PARSE("a", "-q", "b", "--name", "n", "c")->operands, "a b c");
    assert_string_equal(PARSE("a", "--", "-q", "--bogus")->operands, "a -q --bogus");
    assert_false(PARSE("a", "--", "-q")->settings.quiet);
    assert_string_equal(PARSE("-", "-q", "-")->operands, "- -");
    assert_string_equal(PARSE("--")->operands, "");
    assert_string_equal(PARSE("--name", "--", "x")->settings.name, "--"); /* a value, not the end */
}

static void names_may_be_shortened(void **state)
{
    (void)state;
    assert_true(PARSE("--qui")->settings.quiet);
    assert_int_equal(PARSE("--max=3K")->settings.bytes, 3072);
    assert_string_equal(PARSE("--na", "x")->settings.name, "x");
    assert_wrong(PARSE("--co", "3"), "'--co'", "--color");
    assert_wrong(PARSE("--co=3"), "'--co", "--count");
    assert_wrong(PARSE("a", "b", "--co", "3"), "'--co'", "--count");
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0}, {"-5", -5}, {"1000", 1000}, {"+7", 7}, {"007", 7}};
    for (int i = 0; i < 5; i++)
        assert_int_equal(PARSE("--count", good[i].text)->settings.count, good[i].value);
    assert_true(PARSE("--any", "9223372036854775807")->settings.any == INT64_MAX);
    assert_true(PARSE("--any=-9223372036854775808")->settings.any == INT64_MIN);
    static const char *const wrong[] = {
        "", "x", "1x", "1.5", " 1", "1 ", "0x1", "1e3", "--1", "\t1", "9223372036854775808"};
    for (int i = 0; i < 11; i++)
        assert_wrong(PARSE("--any", wrong[i]), "--any", "whole number");
    static const char *const beyond[] = {"-6", "1001", "9223372036854775807"};
    for (int i = 0; i < 3; i++) {
        struct parsed *p = PARSE("-c", beyond[i]);
        assert_wrong(p, beyond[i], "between -5 and 1000");
        assert_int_equal(p->settings.count, 77);
    }
}

static void sizes_in_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"4096", 4096},
                {"1K", 1024},
                {"1k", 1024},
                {"256M", INT64_C(256) << 20},
                {"3g", INT64_C(3) << 30},
                {"2T", INT64_C(2) << 40},
                {"8388607T", INT64_C(8388607) << 40},
                {"9223372036854775807", INT64_MAX}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(PARSE("-b", good[i].text)->settings.bytes == good[i].value);
    static const char *const wrong[] = {"",
                                        "K",
                                        "-1",
                                        "+1",
                                        "1.5M",
                                        "1KB",
                                        "1X",
                                        "1 M",
                                        " 1",
                                        "0x",
                                        "1P",
                                        "1MM",
                                        "M1",
                                        "1\n",
                                        "8388608T",
                                        "9223372036854775808",
                                        "18446744073709551616"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_wrong(PARSE("--max-bytes", wrong[i]), "--max-bytes", "number of bytes");
}

static void choices(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--color", "red")->settings.color, 0);
    assert_int_equal(PARSE("--color", "l")->settings.color, 2);
    assert_wrong(PARSE("--color", "gren"), "'gren'", "did you mean 'green'");
    assert_wrong(PARSE("--color", "Red"), "red, green, l", "did you mean 'red'");
    assert_null(strstr(PARSE("--color", "purple")->stderr_text, "did you mean"));
    /* A word that shares nothing with a name is no misspelling of it, however short. */
    assert_null(strstr(PARSE("--color", "x")->stderr_text, "did you mean"));
    assert_null(strstr(PARSE("--color", "")->stderr_text, "did you mean"));
    char word[1000];
    memset(word, 'w', sizeof word); /* nor is one that no name could be */
    for (size_t length = 30; length < sizeof word; length += 60) {
        word[length] = '\0';
        assert_null(strstr(PARSE("--color", word)->stderr_text, "did you mean"));
        word[length] = 'w';
    }
    assert_wrong(PARSE("--color", "\033[31m"), "\\x1b[31m", "not one of");
    assert_wrong(PARSE("--name", ""), "--name", "empty");
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    assert_wrong(PARSE("--qiet"), "'--qiet'", "did you mean '--quiet'");
    assert_wrong(PARSE("--max-byte5=3"), "--max-byte5", "did you mean '--max-bytes'");
    assert_wrong(PARSE("--zzzzzz"), "'--zzzzzz'", "--help");
    assert_wrong(PARSE("a", "b", "--bogus", "c"), "'--bogus'", "--help");
    assert_wrong(PARSE("-x"), "'-x'", "--help");
    assert_wrong(PARSE("-qx"), "x'", "--help");
    /* The rest of a bundle and the operands before it are not to blame. */
    assert_wrong(PARSE("operand", "-xq"), "'-x", "--help");
    assert_wrong(PARSE("-q", "operand", "-xv", "other"), "'-x", "--help");
    assert_wrong(PARSE("--quiet=1"), "--quiet", "no value");
    assert_wrong(PARSE("a", "--help=1"), "--help", "no value");
}

static void missing_values_are_named(void **state)
{
    (void)state;
    assert_wrong(PARSE("--name"), "'--name'", "needs a value");
    assert_wrong(PARSE("a", "b", "-q", "--count"), "'--count'", "needs a value");
    assert_wrong(PARSE("-n"), "'-n'", "needs a value");
    assert_wrong(PARSE("a", "-c"), "'-c'", "needs a value");
}

static void help_is_answered(void **state)
{
    (void)state;
    const char *const forms[] = {"--help", "-h", "-qh", "--he"};
    for (int i = 0; i < 4; i++) {
        struct parsed *p = PARSE("a", forms[i], "--count", "wrong");
        assert_int_equal(p->outcome, OPTIONS_DONE);
        assert_string_equal(p->stderr_text, "");
        for (const struct option_spec *o = table; o->name; o++) {
            assert_non_null(strstr(p->stdout_text, o->name));
            assert_non_null(strstr(p->stdout_text, o->help));
        }
        assert_non_null(strstr(p->stdout_text, "made-up --any N"));
        assert_non_null(strstr(p->stdout_text, "an example"));
    }
}

static void nearest_names(void **state)
{
    (void)state;
    static const char *const names[] = {"run", "info", "synth", "sweep", "fit"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {{"run", "run"},     {"rnu", "run"},    {"runn", "run"}, {"inof", "info"},
                 {"snyth", "synth"}, {"swep", "sweep"}, {"fti", "fit"},  {"bakery", NULL},
                 {"", NULL},         {"x", NULL},       {"zzz", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = options_nearest(cases[i].word, names, 5, sizeof *names);
        if (cases[i].nearest) {
            assert_non_null(nearest);
            assert_string_equal(nearest, cases[i].nearest);
        } else {
            assert_null(nearest);
        }
    }
    assert_null(options_nearest("run", names, 0, sizeof *names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_reach_their_fields),
        cmocka_unit_test(operands_move_to_the_end),
        cmocka_unit_test(names_may_be_shortened),
        cmocka_unit_test(numbers),
        cmocka_unit_test(sizes_in_bytes),
        cmocka_unit_test(choices),
        cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(missing_values_are_named),
        cmocka_unit_test(help_is_answered),
        cmocka_unit_test(nearest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
