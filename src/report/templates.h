/*
 * templates: files that the build embeds, so that the program is one file.
 *
 * The table is written by CMake from plots/templates and page.css; see pixscale_embed in
 * CMakeLists.txt. Knows: nothing.
 */
#ifndef PIXSCALE_REPORT_TEMPLATES_H
#define PIXSCALE_REPORT_TEMPLATES_H

struct template
{
    const char *name; /* of the file, such as "speedup.gp" */
    const unsigned char *text;
};

/* Ends with a NULL name; each text ends with a NUL. */
extern const struct template templates_table[];

#endif
