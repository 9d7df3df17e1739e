#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "figures_sample.h"
#include "report/figures.h"

/* Those of groups over ranks, which the sample has none of, come after them. */
#define FIGURES_OF_THREADS FIGURES_RANKS_SPEEDUP
#include "temp_folder.h"

/* The figures that are possible, as letters in their order; absent ones are dots. */
static const char *possible(const struct sample *sample)
{
    static char text[FIGURES_OF_THREADS + 1];
    for (int kind = FIGURES_OF_THREADS; kind < FIGURES_COUNT; kind++)
        assert_false(figures_possible(&sample->analysis, (enum figures_kind)kind));
    for (int kind = 0; kind < FIGURES_OF_THREADS; kind++)
        text[kind] =
            figures_possible(&sample->analysis, (enum figures_kind)kind) ? "SEKLGTR"[kind] : '.';
    return text;
}

static void test_only_what_the_data_has(void **state)
{
    (void)state;
    struct sample *sample = sample_create(1, 0.04, "x");
    struct analysis_group *group = &sample->group[0];
    struct study *study = &group->study;
    assert_string_equal(possible(sample), "SEKLGTR");
    sample->record[0][SAMPLE_POINTS - 1].item_count = 0;
    assert_string_equal(possible(sample), "SEKLG.R");
    study->ledgers = NULL;
    study->ledger_count = 0;
    assert_string_equal(possible(sample), "SEK.G.R");
    memset(sample->pointer, 0, sizeof sample->pointer); /* as from CSV */
    assert_string_equal(possible(sample), "SEK...R");
    for (int i = 0; i < SAMPLE_POINTS; i++)
        sample->point[0][i].karp_flatt = NAN;
    assert_string_equal(possible(sample), "SE....R");
    study->point_count = 1;
    assert_string_equal(possible(sample), "......R");
    study->curve.law = STUDY_NONE;
    study->amdahl.fitted = false;
    study->point_count = 0;
    assert_string_equal(possible(sample), ".......");
    sample->analysis.group_count = 0;
    assert_string_equal(possible(sample), ".......");
    sample_free(sample);
}

/* Of every line it is known whether it is data, and there is no other way out of a block. */
static void check_script(const char *script)
{
    int blocks = 0, inside = 0;
    for (const char *line = script; *line;) {
        size_t length = strcspn(line, "\n");
        if (inside) {
            if (length == 3 && memcmp(line, "EOD", 3) == 0)
                inside = 0;
            else
                assert_int_equal(strspn(line, "0123456789.+-einfaN \"SsABCDEFGH=msu%"), length);
        } else if (*line == '$') {
            assert_non_null(memmem(line, length, " << EOD", 7));
            inside = 1;
            blocks++;
        }
        assert_int_equal(strcspn(line, "\x1b\r\xff\x7f"), strlen(line));
        line += length + (line[length] == '\n');
    }
    assert_false(inside);
    assert_true(blocks > 0);
}

static void test_scripts_hold_text_as_data(void **state)
{
    (void)state;
    for (int groups = 1; groups <= 8; groups++) {
        struct sample *sample = sample_create(groups, 0.04, SAMPLE_HOSTILE);
        for (int i = 0; i < SAMPLE_POINTS; i++)
            sample->point[0][i].why = SAMPLE_HOSTILE;
        sample->phase[0][SAMPLE_POINTS - 1][0].name = (char *)SAMPLE_HOSTILE;
        for (int kind = 0; kind < FIGURES_OF_THREADS; kind++)
            for (int target = FIGURES_FILES; target <= FIGURES_PHONE; target++) {
                struct figures_form form = {(enum figures_target)target, 80, 24, false};
                char *script = figures_script(&sample->analysis, (enum figures_kind)kind,
                                              "|touch pwned\n'", &form);
                check_script(script);
                assert_null(strstr(script, "\n'|touch"));
                assert_null(strstr(script, "'|touch pwned\n"));
                assert_null(strstr(script, "load '"));
                free(script);
            }
        sample_free(sample);
    }
}

static void test_caption_names_base_and_runs(void **state)
{
    (void)state;
    struct sample *sample = sample_create(2, 0.04, "first");
    for (int kind = 0; kind < FIGURES_OF_THREADS; kind++) {
        char *caption = figures_caption(&sample->analysis, (enum figures_kind)kind);
        assert_non_null(strstr(caption, "Base: 1 thread, 40."));
        assert_non_null(strstr(caption, "A: first"));
        assert_non_null(strstr(caption, "B: pixscale run sample"));
        if (kind != FIGURES_TIMELINE)
            assert_non_null(strstr(caption, "5 runs a point, 40 in all"));
        free(caption);
    }
    sample_free(sample);
}

static void test_script_is_written_and_errors_have_names(void **state)
{
    (void)state;
    char *folder = temp_folder_create();
    struct sample *sample = sample_create(1, 0.04, "x");
    struct error error;
    bool drawn;
    assert_true(
        figures_draw(&sample->analysis, FIGURES_LEDGER, folder, "mine", false, &drawn, &error));
    assert_int_equal(access(textf("%s/mine.gp", folder), R_OK), 0);
    assert_int_equal(access(textf("%s/mine.svg", folder), R_OK) == 0, drawn);
    assert_int_equal(access(textf("%s/mine.png", folder), R_OK) == 0, drawn);
    assert_false(figures_draw(&sample->analysis, FIGURES_LEDGER, textf("%s/no", folder), "mine",
                              false, &drawn, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "/no/mine.gp"));
    sample_free(sample);
    temp_folder_remove(folder);
}

static void test_palette_is_one_to_one(void **state)
{
    (void)state;
    for (const struct figures_colour *a = figures_palette; a->name; a++) {
        assert_int_equal(strlen(a->light), 7);
        assert_int_equal(strlen(a->dark), 7);
        for (const struct figures_colour *b = a + 1; b->name; b++) {
            assert_string_not_equal(a->name, b->name);
            assert_string_not_equal(a->light, b->light); /* pages tell colours by these */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_the_data_has),
        cmocka_unit_test(test_scripts_hold_text_as_data),
        cmocka_unit_test(test_caption_names_base_and_runs),
        cmocka_unit_test(test_script_is_written_and_errors_have_names),
        cmocka_unit_test(test_palette_is_one_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
