/*
 * Two versions count: the headers that the program was compiled with, and the library that was
 * loaded. libjpeg-turbo names at run time only the classic interface that it implements, hwloc only
 * its interface's version, libdeflate nothing: the name of the loaded file is shown for all.
 */
#include "cli/info.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <gsl/gsl_cdf.h> /* a function to find the file by: the version is a variable */
#include <gsl/gsl_version.h>
#include <hwloc.h>
#include <limits.h>
#include <libdeflate.h>
#include <spng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h> /* needs stdio.h */
#include <jerror.h>

#define TO_TEXT(x) #x
#define AS_TEXT(x) TO_TEXT(x)

/* Any function of a library; converted through an object, as ISO C has no cast for it. */
typedef void (*any_fn)(void);

static void find_file(struct info_library *library, any_fn function)
{
    void *address;
    memcpy(&address, &function, sizeof address);
    Dl_info info;
    char path[PATH_MAX];
    if (dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, ".so") &&
        realpath(info.dli_fname, path))
        snprintf(library->file, sizeof library->file, "%.63s", strrchr(path, '/') + 1);
}

static void fill(struct info_library *library, const char *name, const char *compiled,
                 const char *linked, any_fn function)
{
    library->name = name;
    snprintf(library->compiled, sizeof library->compiled, "%s", compiled);
    snprintf(library->linked, sizeof library->linked, "%s", linked);
    if (function)
        find_file(library, function);
}

static void fill_jpeg(struct info_library *library)
{
    struct jpeg_error_mgr errors;
    jpeg_std_error(&errors);
    char linked[48];
    /* "6b  27-Mar-1998": the release of the IJG whose interface it has */
    const char *version = errors.jpeg_message_table[JMSG_VERSION];
    snprintf(linked, sizeof linked, "interface %.*s", (int)strcspn(version, " "), version);
#ifdef LIBJPEG_TURBO_VERSION
    fill(library, "libjpeg-turbo", AS_TEXT(LIBJPEG_TURBO_VERSION), linked, (any_fn)jpeg_std_error);
#else
    fill(library, "libjpeg", AS_TEXT(JPEG_LIB_VERSION), linked, (any_fn)jpeg_std_error);
#endif
}

/* zlib comes with libspng (which may be built without it): asked only where it is loaded. */
static void fill_zlib(struct info_library *library)
{
    const char *(*version)(void) = NULL;
    void *address = dlsym(RTLD_DEFAULT, "zlibVersion");
    if (address)
        memcpy(&version, &address, sizeof version);
    fill(library, "zlib", "", version ? version() : "", (any_fn)version);
}

static void fill_hwloc(struct info_library *library)
{
    char linked[48];
    unsigned version = hwloc_get_api_version();
    snprintf(linked, sizeof linked, "interface %u.%u.%u", version >> 16, version >> 8 & 255,
             version & 255);
    fill(library, "hwloc", HWLOC_VERSION, linked, (any_fn)hwloc_get_api_version);
}

void info_libraries_read(struct info_library libraries[INFO_LIBRARIES])
{
    struct info_library *next = libraries;
    fill_jpeg(next++);
    fill(
        next++, "libspng",
        AS_TEXT(SPNG_VERSION_MAJOR) "." AS_TEXT(SPNG_VERSION_MINOR) "." AS_TEXT(SPNG_VERSION_PATCH),
        spng_version_string(), (any_fn)spng_version_string);
    fill_zlib(next++);
    fill(next++, "libdeflate", LIBDEFLATE_VERSION_STRING, "", (any_fn)libdeflate_crc32);
    fill(next++, "GSL", GSL_VERSION, gsl_version, (any_fn)gsl_cdf_tdist_Pinv);
    fill(next++, "jansson", JANSSON_VERSION, jansson_version_str(), (any_fn)jansson_version_str);
    fill_hwloc(next++);
    fill(next++, "glibc", AS_TEXT(__GLIBC__) "." AS_TEXT(__GLIBC_MINOR__), gnu_get_libc_version(),
         (any_fn)gnu_get_libc_version);
}
