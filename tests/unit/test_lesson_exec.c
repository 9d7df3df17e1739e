/* Runs of this program by itself: with words it behaves as they say, without it is the test. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lesson/lesson_exec.h"
#include "temp_folder.h"

#define AT_ONCE 4

extern char **environ;

struct told {
    char text[4096];
};

static void tell(void *user, const char *what)
{
    struct told *told = user;
    strncat(told->text, what, sizeof told->text - strlen(told->text) - 2);
    strcat(told->text, "\n");
}

static struct lesson_context make_context(const char *folder, struct told *told,
                                          const atomic_int *stop)
{
    return (struct lesson_context){.folder = folder,
                                   .environment = environ,
                                   .stop = stop,
                                   .columns = 80,
                                   .step = told ? tell : NULL,
                                   .user = told};
}

static int files_in(const char *folder)
{
    DIR *stream = opendir(folder);
    int count = 0;
    while (readdir(stream))
        count++;
    closedir(stream);
    return count - 2;
}

/* What the program does when a test starts it. */
static int behave(char **words)
{
    if (strcmp(words[0], "well") == 0)
        return 0;
    if (strcmp(words[0], "badly") == 0) {
        fprintf(stderr, "a first line\npixscale: the oven is broken\n\n");
        return 3;
    }
    if (strcmp(words[0], "named") == 0)
        return getenv("LESSON") && strcmp(getenv("LESSON"), words[1]) == 0 ? 0 : 4;
    if (strcmp(words[0], "meet") == 0) { /* of those that come one after the other none succeeds */
        bool met = open(textf("%s/%d", words[1], (int)getpid()), O_CREAT | O_WRONLY, 0600) >= 0;
        for (int i = 0; i < 6000 && files_in(words[1]) < AT_ONCE; i++)
            usleep(10000);
        return met && files_in(words[1]) == AT_ONCE ? 0 : 1;
    }
    if (strcmp(words[0], "first") == 0) /* only one of several can make it */
        return mkdir(words[1], 0700) == 0 ? 0 : 5;
    pause();
    return 0;
}

static void test_a_run(void **state)
{
    (void)state;
    char *folder = temp_folder_create();
    struct told told = {{0}};
    struct lesson_context context = make_context(folder, &told, NULL);
    struct spawn_result result;
    struct error error;
    char *path = lesson_exec_path(&context, "a.jsonl");
    const char *const well[] = {"well", path, "it's", "a b", NULL};
    const char *const named[] = {"named", "toast", NULL};
    const char *const changes[] = {"LESSON=toast", NULL};
    assert_true(lesson_exec(&context, well, NULL, &result, &error));
    assert_int_equal(result.status, 0);
    assert_true(result.wall_ns > 0);
    assert_true(lesson_exec(&context, named, changes, NULL, &error));
    assert_string_equal(told.text, "$ pixscale well a.jsonl 'it'\\''s' 'a b'\n"
                                   "$ LESSON=toast pixscale named toast\n");
    assert_false(lesson_exec(&context, named, NULL, NULL, &error)); /* nothing of it stays */
    free(path);
    temp_folder_remove(folder);
}

static void test_a_run_that_fails(void **state)
{
    (void)state;
    struct lesson_context context = make_context("/nowhere", NULL, NULL);
    const char *const badly[] = {"badly", NULL};
    struct error error;
    assert_false(lesson_exec(&context, badly, NULL, NULL, &error));
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_string_equal(error.text,
                        "lesson: pixscale badly ended with status 3: the oven is broken");
}

static void test_several_at_once(void **state)
{
    (void)state;
    char *folder = temp_folder_create();
    struct told told = {{0}};
    struct lesson_context context = make_context(folder, &told, NULL);
    const char *const meet[] = {"meet", folder, NULL};
    struct error error;
    int64_t wall_ns = 0;
    assert_true(lesson_exec_together(&context, meet, NULL, AT_ONCE, &wall_ns, &error));
    assert_int_equal(files_in(folder), AT_ONCE);
    assert_true(wall_ns > 0);
    assert_non_null(strstr(told.text, "for i in $(seq 4); do pixscale meet"));
    temp_folder_remove(folder);
}

static void test_one_of_several_fails(void **state)
{
    (void)state;
    char *folder = temp_folder_create();
    struct lesson_context context = make_context(folder, NULL, NULL);
    char *path = lesson_exec_path(&context, "first");
    const char *const first[] = {"first", path, NULL}, *const well[] = {"well", NULL};
    struct error error;
    int64_t wall_ns;
    assert_false(lesson_exec_together(&context, first, NULL, 3, &wall_ns, &error));
    assert_string_equal(error.text, "lesson: pixscale first ended with status 5");
    assert_false(lesson_exec_together(&context, well, NULL, 0, &wall_ns, &error));
    assert_false(lesson_exec_together(&context, well, NULL, 100000, &wall_ns, &error));
    free(path);
    temp_folder_remove(folder);
}

static void test_stopped(void **state)
{
    (void)state;
    atomic_int stop = 15;
    struct lesson_context context = make_context("/nowhere", NULL, &stop);
    const char *const wait[] = {"wait", NULL};
    struct error error;
    int64_t wall_ns;
    assert_false(lesson_exec(&context, wait, NULL, NULL, &error));
    assert_string_equal(error.text, "lesson: stopped");
    assert_false(lesson_exec_together(&context, wait, NULL, 2, &wall_ns, &error));
    assert_string_equal(error.text, "lesson: stopped");
}

static void test_records_that_are_none(void **state)
{
    (void)state;
    char *folder = temp_folder_create();
    struct lesson_context context = make_context(folder, NULL, NULL);
    struct analysis analysis;
    struct error error;
    assert_false(lesson_exec_fit(&context, "none.jsonl", &analysis, &error));
    assert_non_null(strstr(error.text, "none.jsonl"));
    analysis_free(&analysis);
    temp_folder_remove(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run),           cmocka_unit_test(test_a_run_that_fails),
        cmocka_unit_test(test_several_at_once), cmocka_unit_test(test_one_of_several_fails),
        cmocka_unit_test(test_stopped),         cmocka_unit_test(test_records_that_are_none),
    };
    return argc > 1 ? behave(argv + 1) : cmocka_run_group_tests(tests, NULL, NULL);
}
