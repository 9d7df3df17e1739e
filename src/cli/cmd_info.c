#include "cli/commands.h"

#include <stdio.h>

#include "base/json_memory.h"
#include "cli/info.h"
#include "cli/json_print.h"

struct info_options {
    bool json;
};

static int print_json(const struct info *info)
{
    struct error error;
    json_memory_watch();
    if (!json_print(info_json_new(info), JSON_INDENT(2) | JSON_REAL_PRECISION(9), "info", &error))
        return commands_fail(&error);
    return EXIT_CLEAN;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct info_options options = {0};
    int first;
    switch (options_parse(self, argc, argv, &options, &first)) {
    case OPTIONS_DONE:
        return EXIT_CLEAN;
    case OPTIONS_WRONG:
        return EXIT_USAGE;
    case OPTIONS_OK:
        break;
    }
    if (first < argc) {
        struct error error;
        error_set(&error, ERROR_USAGE, "info: takes no operand, got '%s'", argv[first]);
        return commands_fail(&error);
    }
    struct info info;
    info_read(&info);
    if (options.json)
        return print_json(&info);
    info_text_print(&info);
    return EXIT_CLEAN;
}

static const struct option_spec options[] = {
    {.name = "json",
     .help = "write one JSON object (schema pixscale.info/1) to stdout",
     .parse = option_flag,
     .offset = offsetof(struct info_options, json)},
    {0},
};
static const char *const usage[] = {"info [--json]", 0};
static const char *const examples[] = {
    "pixscale info",
    "what this machine allows, before the first run",
    "taskset -c 0,1 pixscale info",
    "the same under an affinity mask",
    "pixscale info --json | python3 -m json.tool",
    "for a program",
    0,
};
const struct command cmd_info = {
    .name = "info",
    .summary = "machine, OpenMP environment, libraries, and what limits the CPUs",
    .usage = usage,
    .about = "Shows how many CPUs may be used and what leaves the others out (affinity, cgroup "
             "quota), what the OpenMP runtime made of its environment, the versions of all "
             "libraries, and how fine the clock is that everything is measured with.",
    .options = options,
    .examples = examples,
    .run = run};
