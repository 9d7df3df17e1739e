/*
 * node_list: numbers of nodes, as the command line gives them. Knows: report/predict_nodes.h.
 */
#ifndef PIXSCALE_CLI_NODE_LIST_H
#define PIXSCALE_CLI_NODE_LIST_H

#include <stdbool.h>

#include "base/error.h"
#include "report/predict_nodes.h"

/* Reads "1,2,4", "1-8" (each of them) or "1..1000" (the ends, and 1, 2, 5, 10, 20 ... between them)
 * into the options, ascending and each once. False (usage), with `name` as that of the option. */
bool node_list_parse(struct predict_nodes_options *options, const char *text, const char *name,
                     struct error *error);

#endif
