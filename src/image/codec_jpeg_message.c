#include "image/codec_jpeg.h"

#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

void codec_jpeg_message(int number, int64_t first, int64_t second, char *text, size_t size)
{
    struct jpeg_error_mgr errors;
    struct jpeg_common_struct lib = {.err = jpeg_std_error(&errors)};
    char message[JMSG_LENGTH_MAX];
    errors.msg_code = number;
    const char *pattern =
        number > 0 && number <= errors.last_jpeg_message ? errors.jpeg_message_table[number] : NULL;
    if (pattern && strstr(pattern, "%s")) {
        /* Only about temporary files, and the name is not kept. */
        strcpy(errors.msg_parm.s, "?");
    } else {
        errors.msg_parm.i[0] = (int)(uint32_t)first;
        errors.msg_parm.i[1] = (int)(uint32_t)((uint64_t)first >> 32);
        errors.msg_parm.i[2] = (int)(uint32_t)second;
        errors.msg_parm.i[3] = (int)(uint32_t)((uint64_t)second >> 32);
    }
    errors.format_message(&lib, message);
    snprintf(text, size, "%s", message);
}
