/*
 * figures_data: what the figures ask of an analysis, and the blocks of data that they write.
 *
 * Inside the room. A block is `$NAME << EOD` with one row a line, NaN for what is not known; the
 * first column is the group, counted from 1. Knows: what figures.h
 * knows, report/writer.h, report/phrase.h.
 */
#ifndef PIXSCALE_REPORT_FIGURES_DATA_H
#define PIXSCALE_REPORT_FIGURES_DATA_H

#include "report/figures.h"
#include "report/writer.h"

/* How many groups are drawn. */
size_t figures_data_groups(const struct analysis *analysis);

/* The largest number of threads of all points, or of those that are in the fit (0: none). */
int figures_data_most(const struct analysis_group *group, bool kept);

/* Where the curve ends: the last prediction, but not beyond four times the measured range. */
double figures_data_reach(const struct analysis_group *group);

/* Speed-up over the base of the law that is drawn, NAN without one. `band` may be NULL. */
double figures_data_curve(const struct analysis_group *group, double threads,
                          struct study_interval *band);

/* Whether the band is known where the curve is drawn, and holds it. */
bool figures_data_has_band(const struct analysis_group *group);

/* Seconds of the base by that law, so that it can be compared with times; NAN unknown. */
double figures_data_fitted_base(const struct analysis_group *group);

/* A run's work as a multiple of the base's: 1 but for weak scaling. */
double figures_data_scale(const struct analysis_group *group, const struct study_run *run);

/* A run's speed-up over the group's base. */
double figures_data_run_speedup(const struct analysis_group *group, const struct study_run *run);

/* The point of that many threads, or NULL. */
const struct study_point *figures_data_point(const struct analysis_group *group, int threads);

/* Writes `name = 'list'`, the numbers of those groups for which `has` is true, so that templates
 * can loop over them. */
void figures_data_list(struct writer *writer, const char *name, const struct analysis *analysis,
                       bool (*has)(const struct analysis_group *group));

/* Writes the legend entry of the law, such as "Amdahl, serial share 4.1 % (3.2 to 5.0)". */
void figures_data_law(struct writer *writer, const struct analysis_group *group);

/* Whether the group has a law to draw, one that may be extrapolated, a serial share by Amdahl's law
 * that was chosen, and Karp-Flatt's of points that are in the fit (`kept`) or not. */
bool figures_lists_curve(const struct analysis_group *group);
bool figures_lists_reach(const struct analysis_group *group);
bool figures_lists_fit(const struct analysis_group *group);
bool figures_lists_karp_flatt(const struct analysis_group *group, bool kept);

/* Every list that the templates of figures over the threads loop over. */
void figures_lists_write(struct writer *writer, const struct analysis *analysis,
                         enum figures_kind kind);

/* Settings of these figures: a number by its name, legend entries, lines at cores, SMT and quota up
 * to `reach` threads, the limit 1/s, and ranges of axes. */
void figures_axes_setting(struct writer *writer, const char *name, double value);
void figures_axes_legend(struct writer *writer, const struct analysis *analysis,
                         enum figures_kind kind);
void figures_axes_limits(struct writer *writer, const struct analysis *analysis, double reach);
void figures_axes_asymptote(struct writer *writer, const struct analysis *analysis);
void figures_axes_extremes(struct writer *writer, const struct analysis *analysis);
void figures_axes_seconds(struct writer *writer, const struct analysis *analysis);
void figures_axes_share_range(struct writer *writer, const struct analysis *analysis);

/* Per figure: whether a group has something to show, and its blocks of data and settings. */
bool figures_curves_possible(const struct analysis_group *group, enum figures_kind kind);
void figures_curves_write(struct writer *writer, const struct analysis *analysis,
                          enum figures_kind kind);
bool figures_bars_possible(const struct analysis_group *group, enum figures_kind kind);
void figures_bars_write(struct writer *writer, const struct analysis *analysis,
                        enum figures_kind kind);
bool figures_shards_possible(const struct analysis_group *group);
void figures_shards_write(struct writer *writer, const struct analysis *analysis,
                          const struct figures_form *form);
bool figures_timeline_possible(const struct analysis_group *group);
/* `columns` of a terminal, in which a box is a character; 0: boxes as they are. */
void figures_timeline_write(struct writer *writer, const struct analysis *analysis, int columns);

/* The run whose timeline is drawn: of the largest team with --items the one whose time is nearest
 * to the mean. NULL without items. */
const struct record *figures_timeline_record(const struct analysis_group *group);

/* The sharded run whose load is drawn: of the most ranks in any group. NULL without one. `group`
 * may be NULL. */
const struct rank_set *figures_shards_set(const struct analysis *analysis,
                                          const struct analysis_group **group);

/* As figures_caption, into a writer. */
void figures_caption_write(struct writer *writer, const struct analysis *analysis,
                           enum figures_kind kind);

#endif
