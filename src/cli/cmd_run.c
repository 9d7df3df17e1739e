#include "cli/commands.h"

static int run(const struct command *self, int argc, char **argv)
{
    (void)self, (void)argc, (void)argv;
    struct error error;
    error_set(&error, ERROR_USAGE, "not built yet");
    return commands_fail(&error);
}

static const struct option_spec options[] = {{0}};
static const char *const usage[] = {"run", 0};
static const char *const examples[] = {0};
const struct command cmd_run = {.name = "run",
                                .summary = "",
                                .usage = usage,
                                .options = options,
                                .examples = examples,
                                .run = run};
