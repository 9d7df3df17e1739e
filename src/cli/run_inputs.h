/*
 * run_inputs: which files a run reads, and that none of them is one it writes.
 * Knows: base, dataset, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_INPUTS_H
#define PIXSCALE_CLI_RUN_INPUTS_H

#include "cli/run_options.h"
#include "dataset/manifest.h"

/* Where the index goes: --index, or OUT.index.csv for OUT.npy. Freed by the caller; NULL without
 * memory. */
char *run_inputs_index_path(const struct run_options *options);

/* Refuses to replace a file unless `force`d, and to write where no regular file can be. */
bool run_inputs_check_outputs(const struct run_options *options, const char *index_path, bool force,
                              struct error *error);

/* Fills the manifest from operands or --files-from. Earlier outputs that lie among the inputs, and
 * what a killed run left of them, are left out; an input named as such that is an output is an
 * error, and so is no input at all. */
bool run_inputs_scan(const struct run_options *options, const char *const *operands, size_t count,
                     const char *index_path, struct manifest *manifest, struct error *error);

#endif
