# Sizes in pixels, margins, axes, title, legend and caption, now that the legend is known.
width = phone ? 400 : files ? 840 : 760
size = phone ? 14 : 13
longest_text = 1
do for [i = 1:entries] {
    if (strlen(legend_text[i]) > longest_text) { longest_text = strlen(legend_text[i]) }
}
cell = 44 + longest_text * (files ? 7.6 : 7.1) * size / 13
legend_columns = int((width - 24) / cell)
legend_columns = legend_columns < 1 ? 1 : legend_columns > 4 ? 4 : legend_columns
legend_rows = int(ceil(entries * 1.0 / legend_columns))
head = files ? 72 : 14
above = head + 20 * legend_rows + 14
below = 62 + (exists('slots') && slots ? 16 : 0) + (files ? 12 + 16 * captions : 0)
height = above + below + (exists('body') ? body : phone ? 300 : 370)
left = exists('margin') ? margin : phone ? 60 : 76
right = phone ? 14 : 26
passes = files && strstrt(GPVAL_TERMINALS, ' pngcairo ') ? 2 : 1

# From pixels to parts of the screen.
x_of(pixels) = pixels * 1.0 / width
y_of(pixels) = 1 - pixels * 1.0 / height
small = sprintf('sans-serif,%d', size - 2)

set style fill solid 1.0 noborder
set errorbars small
set tics nomirror scale 0.6 textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
if (plain) {
    set border 3
    set key below center vertical maxrows 4 Left reverse samplen 2 width -2
} else {
    set border 3 lc rgb muted lw 1
    set grid xtics ytics back lt 1 lc rgb grid lw 0.7
    set lmargin at screen x_of(left)
    set rmargin at screen x_of(width - right)
    set tmargin at screen y_of(above)
    set bmargin at screen below * 1.0 / height
    unset key
}
do for [i = 1:(plain ? 0 : entries)] {
    at_x = 14 + cell * ((i - 1) / legend_rows)
    at_y = head + 20 * ((i - 1) % legend_rows)
    if (legend_kind[i] eq 'line') {
        set arrow from screen x_of(at_x), y_of(at_y) to screen x_of(at_x + 26), y_of(at_y) \
            nohead lt 1 lc rgb legend_colour[i] dt legend_style[i] lw 1.8 front
    }
    if (legend_kind[i] eq 'bar') {
        set arrow from screen x_of(at_x + 13), y_of(at_y - 8) \
            to screen x_of(at_x + 13), y_of(at_y + 8) nohead lc rgb legend_colour[i] lw 1.6
    }
    if (legend_kind[i] eq 'bar' || legend_kind[i] eq 'point') {
        set label '' at screen x_of(at_x + 13), y_of(at_y) point pt legend_style[i] \
            ps (legend_kind[i] eq 'bar' ? 0.8 : 0.6) lc rgb legend_colour[i] front
    }
    if (legend_kind[i] eq 'box') {
        set object rectangle from screen x_of(at_x + 4), y_of(at_y + 5) \
            to screen x_of(at_x + 26), y_of(at_y - 5) fc rgb legend_colour[i] fs solid 1 noborder
    }
    set label legend_text[i] at screen x_of(at_x + 34), y_of(at_y) textcolor rgb ink
}
if (files) {
    set label text_title at screen x_of(16), y_of(24) font sprintf('sans-serif,%d', size + 5) \
        textcolor rgb ink
    set label text_subtitle at screen x_of(16), y_of(47) textcolor rgb muted
    do for [i = 1:captions] {
        set label value(sprintf('text_caption%d', i)) \
            at screen x_of(16), y_of(height - 10 - 16 * (captions - i)) font small \
            textcolor rgb muted
    }
}
