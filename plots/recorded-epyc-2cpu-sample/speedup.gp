# Speed-up. How many times faster than the base, over the number of threads.
# Holds its data: `gnuplot speedup.gp` draws speedup.svg and speedup.png here.
form = 'files'; columns = 0; rows = 0; dark = 0
output = 'speedup'
ink = 0x1b1f24
muted = 0x5a6470
grid = 0xd5dae0
hush = 0xe9ecef
paper = 0xfdfdfd
blue = 0x0072b2
vermillion = 0xd55e00
green = 0x009e73
purple = 0xcc79a7
orange = 0xe69f00
sky = 0x56b4e9
yellow = 0xf0e442
black = 0x000000
white = 0xffffff
text_title = 'Speed-up'
text_subtitle = '400 items (5d992d1c84c5), size=64x64 simd=vnni, dynamic,1'
groups = 1
text_caption1 = 'Base: 1 thread, 1.019 s (mean of 24 runs); plain loop without a parallel region, 1.028 s. Law: Amdahl, serial share 3.1 % (1.1 to 5.2). '
text_caption2 = 'Points: base time over mean time; 15 to 24 runs a point, 49 in all (dots). Bars: 95 % intervals from the scatter of the log ratios, pooled'
text_caption3 = 'over the points (Student''s t).'
text_caption4 = 'Band: 95 % for the law''s mean, given that the law holds (Fieller). Dashed: extrapolated.'
captions = 4
reach = 8
kept = ' 1'
hollow = ''
curves = ' 1'
bands = ' 1'
reaches = ' 1'
reach_bands = ' 1'
attainables = ' 1'
fits = ' 1'
timers = ' 1'
array base_threads[1]
base_threads[1] = 1
array text_points[1]
array text_curve[1]
array text_fit[1]
array text_timers[1]
text_points[1] = 'mean of the runs, 95 % interval'
text_curve[1] = 'Amdahl, serial share 3.1 % (1.1 to 5.2)'
text_fit[1] = 'fitted share 3.1 % (1.1 to 5.2)'
text_timers[1] = 'serial by timers, one thread: 0.55 %'
limit_at1 = 2; limit_text1 = '2 cores'
limits = 1
least = 0.759867
greatest = 2.01675
most_efficient = 1.03743
asymptote = 1
asymptote_at = 31.899
asymptote_low = 19.3527
asymptote_high = 88.2695
text_asymptote = 'limit 1/s = 31.9x (19.4 to 88.3)'
# group, threads, kept, runs, seconds and interval, speed-up and interval, Karp-Flatt and interval, attainable
$POINTS << EOD
1 1 1 24 1.018573 1.006631 1.030656 1 1 1 NaN NaN NaN 0.9973675
1 2 1 15 0.526725 0.5189258 0.5346415 1.933785 1.897358 1.97091 0.03424136 0.01475945 0.0540973 2.015997
EOD
# group, threads, kept, seconds, speed-up, (measured - fitted) / fitted, place in the order of runs
$RUNS << EOD
1 2 0 0.530911481 1.918536 0.011923 -0.5
1 1 1 1.00695384 1.011539 -0.010284 -0.5
1 2 1 0.522388039 1.949839 -0.0043231 -0.458
1 1 1 1.02642914 0.9923459 0.0088575 -0.457
1 1 1 1.00274553 1.015784 -0.014421 -0.413
1 2 1 0.534488768 1.905695 0.018741 -0.417
1 2 0 0.515061413 1.977575 -0.018288 -0.375
1 1 1 1.02343441 0.9952497 0.005914 -0.37
1 1 1 1.00360551 1.014913 -0.013575 -0.326
1 2 1 0.53097202 1.918317 0.012038 -0.333
1 1 1 0.999194164 1.019394 -0.017911 -0.283
1 2 1 0.50613771 2.012442 -0.035296 -0.292
1 2 0 0.528372435 1.927755 0.0070832 -0.25
1 1 1 1.01113223 1.007359 -0.0061775 -0.239
1 2 1 0.530292893 1.920774 0.010744 -0.208
1 1 1 1.01310753 1.005395 -0.0042361 -0.196
1 2 0 0.620377037 1.641861 0.18244 -0.167
1 1 1 1.05420991 0.9661954 0.036163 -0.152
1 1 1 1.01705435 1.001493 -0.0003568 -0.109
1 2 0 0.788715963 1.291432 0.5033 -0.125
1 2 0 0.853867819 1.192893 0.62748 -0.0833
1 1 1 1.01853172 1.00004 0.0010953 -0.0652
1 1 1 1.06198226 0.9591241 0.043802 -0.0217
1 2 0 0.92926661 1.096104 0.77119 -0.0417
1 1 1 1.04797329 0.9719453 0.030033 0.0217
1 2 0 0.940684961 1.082799 0.79296 0
1 1 1 1.05458951 0.9658476 0.036536 0.0652
1 2 0 1.34046177 0.7598671 1.5549 0.0417
1 1 1 1.02517998 0.9935551 0.0076297 0.109
1 2 1 0.522187337 1.950589 -0.0047056 0.0833
1 2 1 0.517537739 1.968113 -0.013568 0.125
1 1 1 0.994069288 1.02465 -0.022948 0.152
1 1 1 1.01100886 1.007482 -0.0062988 0.196
1 2 1 0.530533788 1.919902 0.011203 0.167
1 2 1 0.536664444 1.89797 0.022888 0.208
1 1 1 0.982040836 1.0372 -0.034771 0.239
1 2 1 0.505457871 2.015149 -0.036592 0.25
1 1 1 0.981821028 1.037432 -0.034987 0.283
1 1 1 0.996698284 1.021947 -0.020364 0.326
1 2 1 0.50505741 2.016746 -0.037355 0.292
1 1 1 0.989261863 1.029629 -0.027674 0.37
1 2 1 0.511156763 1.992682 -0.02573 0.333
1 1 1 1.02290328 0.9957664 0.005392 0.413
1 2 0 0.584802817 1.741737 0.11464 0.375
1 1 1 1.02984386 0.9890555 0.012214 0.457
1 2 1 0.576017629 1.768301 0.097895 0.417
1 1 1 1.07197541 0.9501829 0.053624 0.5
1 2 1 0.531938021 1.914834 0.013879 0.458
1 2 1 0.540045087 1.886088 0.029331 0.5
EOD
# group, threads, speed-up of the law and band, 1 where extrapolated
$CURVE << EOD
0 1 1 1 1 0
1 1 1 1 1 0
1 1.007246 1.007018 1.006869 1.007164 0
1 1.014545 1.014083 1.013783 1.014378 0
1 1.021897 1.021196 1.020742 1.021644 0
1 1.029302 1.028358 1.027746 1.028961 0
1 1.036761 1.035568 1.034795 1.036329 0
1 1.044274 1.042826 1.04189 1.04375 0
1 1.051841 1.050134 1.049031 1.051224 0
1 1.059463 1.057492 1.056218 1.05875 0
1 1.06714 1.064899 1.063451 1.066329 0
1 1.074873 1.072356 1.070731 1.073962 0
1 1.082662 1.079864 1.078058 1.081649 0
1 1.090508 1.087422 1.085431 1.089391 0
1 1.09841 1.095032 1.092853 1.097187 0
1 1.10637 1.102693 1.100322 1.105038 0
1 1.114387 1.110405 1.107839 1.112944 0
1 1.122462 1.118169 1.115404 1.120907 0
1 1.130596 1.125986 1.123018 1.128926 0
1 1.138789 1.133855 1.13068 1.137001 0
1 1.147041 1.141778 1.138391 1.145133 0
1 1.155353 1.149753 1.146152 1.153323 0
1 1.163725 1.157782 1.153962 1.16157 0
1 1.172158 1.165866 1.161822 1.169876 0
1 1.180652 1.174003 1.169732 1.17824 0
1 1.189207 1.182195 1.177693 1.186663 0
1 1.197825 1.190442 1.185704 1.195146 0
1 1.206505 1.198744 1.193766 1.203689 0
1 1.215247 1.207102 1.20188 1.212291 0
1 1.224054 1.215516 1.210044 1.220954 0
1 1.232924 1.223986 1.218261 1.229679 0
1 1.241858 1.232513 1.226529 1.238464 0
1 1.250857 1.241097 1.23485 1.247312 0
1 1.259921 1.249738 1.243224 1.256222 0
1 1.269051 1.258437 1.25165 1.265195 0
1 1.278247 1.267194 1.260129 1.27423 0
1 1.28751 1.276009 1.268662 1.28333 0
1 1.29684 1.284883 1.277249 1.292493 0
1 1.306237 1.293816 1.285889 1.301721 0
1 1.315703 1.302809 1.294584 1.311014 0
1 1.325237 1.311861 1.303333 1.320372 0
1 1.33484 1.320974 1.312137 1.329795 0
1 1.344513 1.330147 1.320996 1.339285 0
1 1.354256 1.339381 1.329911 1.348842 0
1 1.364069 1.348676 1.338882 1.358466 0
1 1.373954 1.358033 1.347908 1.368157 0
1 1.38391 1.367452 1.35699 1.377917 0
1 1.393938 1.376934 1.36613 1.387745 0
1 1.404039 1.386478 1.375326 1.397642 0
1 1.414214 1.396085 1.384579 1.407608 0
1 1.424462 1.405756 1.393889 1.417645 0
1 1.434784 1.415491 1.403258 1.427751 0
1 1.445181 1.42529 1.412684 1.437929 0
1 1.455653 1.435153 1.422169 1.448178 0
1 1.466201 1.445082 1.431712 1.458498 0
1 1.476826 1.455076 1.441314 1.468891 0
1 1.487528 1.465135 1.450975 1.479357 0
1 1.498307 1.475261 1.460696 1.489896 0
1 1.509164 1.485454 1.470476 1.500509 0
1 1.5201 1.495713 1.480317 1.511196 0
1 1.531116 1.50604 1.490218 1.521958 0
1 1.542211 1.516435 1.50018 1.532795 0
1 1.553386 1.526898 1.510202 1.543708 0
1 1.564643 1.537429 1.520286 1.554698 0
1 1.575981 1.548029 1.530432 1.565764 0
1 1.587401 1.558699 1.540639 1.576907 0
1 1.598904 1.569438 1.550908 1.588129 0
1 1.61049 1.580247 1.56124 1.599428 0
1 1.622161 1.591127 1.571635 1.610807 0
1 1.633915 1.602078 1.582092 1.622265 0
1 1.645755 1.6131 1.592613 1.633803 0
1 1.657681 1.624194 1.603198 1.645422 0
1 1.669694 1.63536 1.613847 1.657121 0
1 1.681793 1.646599 1.62456 1.668902 0
1 1.69398 1.657911 1.635337 1.680766 0
1 1.706255 1.669296 1.646179 1.692711 0
1 1.718619 1.680755 1.657087 1.704741 0
1 1.731073 1.692289 1.66806 1.716854 0
1 1.743617 1.703897 1.679099 1.729051 0
1 1.756252 1.71558 1.690203 1.741333 0
1 1.768979 1.727338 1.701374 1.753701 0
1 1.781797 1.739173 1.712612 1.766155 0
1 1.794709 1.751084 1.723917 1.778695 0
1 1.807714 1.763071 1.735289 1.791323 0
1 1.820814 1.775136 1.746729 1.804038 0
1 1.834008 1.787279 1.758236 1.816842 0
1 1.847298 1.7995 1.769812 1.829734 0
1 1.860684 1.811799 1.781456 1.842717 0
1 1.874168 1.824177 1.793169 1.855789 0
1 1.887749 1.836635 1.804952 1.868952 0
1 1.901428 1.849173 1.816803 1.882207 0
1 1.915207 1.86179 1.828724 1.895553 0
1 1.929085 1.874489 1.840716 1.908992 0
1 1.943064 1.887268 1.852777 1.922524 0
1 1.957144 1.90013 1.864909 1.93615 0
1 1.971326 1.913073 1.877112 1.94987 0
1 1.985611 1.926099 1.889387 1.963685 0
1 2 1.939208 1.901733 1.977596 0
1 2 1.939208 1.901733 1.977596 1
1 2.029091 1.965676 1.92664 2.005707 1
1 2.058604 1.992482 1.951838 2.034208 1
1 2.088548 2.019628 1.977327 2.063105 1
1 2.118926 2.047119 2.003111 2.092402 1
1 2.149747 2.074958 2.029192 2.122105 1
1 2.181015 2.103149 2.055572 2.15222 1
1 2.212739 2.131696 2.082254 2.18275 1
1 2.244924 2.160602 2.10924 2.213703 1
1 2.277577 2.189871 2.136533 2.245083 1
1 2.310705 2.219507 2.164134 2.276896 1
1 2.344315 2.249514 2.192047 2.309148 1
1 2.378414 2.279896 2.220273 2.341844 1
1 2.413009 2.310655 2.248815 2.37499 1
1 2.448107 2.341797 2.277675 2.408593 1
1 2.483716 2.373325 2.306855 2.442657 1
1 2.519842 2.405243 2.336358 2.477189 1
1 2.556494 2.437555 2.366187 2.512195 1
1 2.593679 2.470264 2.396342 2.547681 1
1 2.631405 2.503375 2.426827 2.583654 1
1 2.66968 2.536892 2.457643 2.620118 1
1 2.708511 2.570818 2.488793 2.657082 1
1 2.747907 2.605157 2.520279 2.69455 1
1 2.787877 2.639914 2.552103 2.73253 1
1 2.828427 2.675093 2.584267 2.771028 1
1 2.869568 2.710696 2.616774 2.81005 1
1 2.911306 2.746729 2.649624 2.849604 1
1 2.953652 2.783195 2.682821 2.889695 1
1 2.996614 2.820099 2.716366 2.930331 1
1 3.040201 2.857444 2.750262 2.971519 1
1 3.084422 2.895234 2.78451 3.013266 1
1 3.129286 2.933473 2.819111 3.055577 1
1 3.174802 2.972166 2.854069 3.098462 1
1 3.220981 3.011316 2.889384 3.141926 1
1 3.267831 3.050928 2.925059 3.185976 1
1 3.315363 3.091004 2.961095 3.230621 1
1 3.363586 3.13155 2.997494 3.275868 1
1 3.41251 3.172569 3.034258 3.321723 1
1 3.462146 3.214066 3.071388 3.368195 1
1 3.512504 3.256044 3.108886 3.415291 1
1 3.563595 3.298507 3.146753 3.463019 1
1 3.615429 3.341459 3.184991 3.511386 1
1 3.668016 3.384904 3.223601 3.5604 1
1 3.721369 3.428846 3.262584 3.610069 1
1 3.775497 3.47329 3.301943 3.660402 1
1 3.830413 3.518238 3.341678 3.711405 1
1 3.886128 3.563695 3.38179 3.763087 1
1 3.942653 3.609664 3.422281 3.815456 1
1 4 3.65615 3.463151 3.868521 1
1 4.058181 3.703156 3.504402 3.92229 1
1 4.117209 3.750687 3.546035 3.976771 1
1 4.177095 3.798745 3.58805 4.031972 1
1 4.237852 3.847335 3.630449 4.087902 1
1 4.299493 3.89646 3.673233 4.14457 1
1 4.362031 3.946124 3.716401 4.201985 1
1 4.425478 3.996331 3.759955 4.260154 1
1 4.489848 4.047084 3.803895 4.319087 1
1 4.555155 4.098387 3.848222 4.378794 1
1 4.621411 4.150244 3.892936 4.439281 1
1 4.688631 4.202657 3.938038 4.50056 1
1 4.756828 4.255631 3.983527 4.562638 1
1 4.826018 4.309169 4.029405 4.625526 1
1 4.896214 4.363274 4.075671 4.689232 1
1 4.967431 4.417949 4.122325 4.753765 1
1 5.039684 4.473198 4.169368 4.819135 1
1 5.112988 4.529025 4.216799 4.885351 1
1 5.187358 4.585431 4.264617 4.952423 1
1 5.26281 4.642421 4.312824 5.020361 1
1 5.339359 4.699997 4.361418 5.089174 1
1 5.417022 4.758163 4.410399 5.158871 1
1 5.495815 4.816921 4.459766 5.229463 1
1 5.575753 4.876275 4.509519 5.30096 1
1 5.656854 4.936226 4.559658 5.37337 1
1 5.739135 4.996778 4.61018 5.446705 1
1 5.822613 5.057934 4.661086 5.520974 1
1 5.907305 5.119696 4.712375 5.596187 1
1 5.993228 5.182066 4.764045 5.672355 1
1 6.080402 5.245047 4.816095 5.749487 1
1 6.168843 5.308642 4.868524 5.827594 1
1 6.258571 5.372852 4.92133 5.906686 1
1 6.349604 5.43768 4.974512 5.986774 1
1 6.441961 5.503128 5.028069 6.067867 1
1 6.535662 5.569198 5.081999 6.149977 1
1 6.630725 5.635891 5.1363 6.233114 1
1 6.727171 5.703211 5.19097 6.317288 1
1 6.82502 5.771158 5.246007 6.40251 1
1 6.924292 5.839734 5.301409 6.488791 1
1 7.025009 5.90894 5.357174 6.576141 1
1 7.12719 5.978779 5.4133 6.664571 1
1 7.230857 6.049251 5.469784 6.754092 1
1 7.336032 6.120357 5.526623 6.844715 1
1 7.442737 6.192099 5.583816 6.93645 1
1 7.550995 6.264477 5.641359 7.029308 1
1 7.660826 6.337493 5.69925 7.123301 1
1 7.772256 6.411147 5.757485 7.218439 1
1 7.885306 6.48544 5.816062 7.314733 1
1 8 6.560373 5.874977 7.412194 1
EOD

# Speed-up over threads, both axes in powers of two: a straight line is a fixed share of ideal.
# Ground of every figure: what is drawn where, colours, and an empty legend.
set encoding utf8
plain = form eq 'terminal'      # characters: no fills, title and caption are printed around it
files = form eq 'files'         # with title and caption; pages have their own
phone = form eq 'phone'
single = groups == 1

# Groups and parts have colours by number.
hue(g) = value(word('blue vermillion green purple orange sky', int(g)))
part_hue(i) = value(sprintf('part_colour%d', int(i)))

# The i-th number of a list; where a group's points stand, so that bars do not hide each other.
pick(list, i) = words(list) < i ? 1 : int(word(list, i))
dodge(g, p) = p * 2 ** (single ? 0 : (g - (groups + 1) / 2.0) * 0.06)

# Entries are added by legend_add.gp: text, kind (line, point, bar, box), colour, dash or symbol.
entries = 0
array legend_text[40]
array legend_kind[40]
array legend_colour[40]
array legend_style[40]
bent = 0
text = base_threads[1] == 1 ? 'ideal: S = p' : 'ideal'
kind = 'line'
colour = muted
style = 2
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
do for [i = 1:(words(attainables) > 0)] {
    text = 'attainable: this machine''s ceiling'
    kind = 'line'
    colour = muted
    style = 1
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
# Points and law of each group, for figures over the threads.
do for [i = 1:words(kept)] {
    text = text_points[pick(kept, i)]
    kind = 'bar'
    colour = hue(pick(kept, i))
    style = 7
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
do for [i = 1:(words(hollow) > 0)] {
    text = 'left out of the fit'
    kind = 'bar'
    colour = single ? blue : muted
    style = 6
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
do for [i = 1:words(curves)] {
    text = text_curve[pick(curves, i)]
    kind = 'line'
    colour = hue(pick(curves, i))
    style = bent ? 2 : 1
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
do for [i = 1:asymptote] {
    text = text_asymptote
    kind = 'line'
    colour = vermillion
    style = 4
    entries = entries + 1
    legend_text[entries] = text
    legend_kind[entries] = kind
    legend_colour[entries] = colour
    legend_style[entries] = style
}
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
height = above + below + (phone ? 300 : 370)
left = phone ? 60 : 76
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

# The axis of threads in powers of two, with lines at what the machine has.
set logscale x 2
set xrange [0.88:reach * 1.15]
set xtics (1)
do for [i = 1:16] { if (2**i <= reach * 1.15) { set xtics add (2**i) } }
set xlabel 'threads p'
do for [i = 1:limits] {
    at = value(sprintf('limit_at%d', i))
    set arrow from at, graph 0 to at, graph 1 nohead lc rgb muted dt 3 lw 1 back
    if (!plain) {
        set label value(sprintf('limit_text%d', i)) at at, graph 0.015 rotate by 90 \
            offset character -0.9, 0 font small textcolor rgb muted
    }
}
set logscale y 2
top = asymptote && asymptote_at < 3 * reach ? asymptote_at * 1.25 : 0
top = top > reach * 1.15 ? top : reach * 1.15
top = top > greatest * 1.15 ? top : greatest * 1.15
set yrange [least * 0.85:top]
set ytics (1)
do for [i = 1:16] { if (2**i <= top) { set ytics add (2**i) } }
do for [i = 1:6] { if (2.0**-i >= least * 0.85) { set ytics add (2.0**-i) } }
set ylabel 'speed-up S'

shown = asymptote && asymptote_at < 3 * reach
asymptote_top = asymptote_high < top ? asymptote_high : top
array ends[2]
ends[1] = 0.9
ends[2] = reach * 1.15

do for [pass = 1:passes] {
    # Where this pass draws: characters, or SVG first and then PNG.
    if (plain) {
        set terminal dumb nofeed size columns, rows noenhanced mono
    } else {
        ground = sprintf('#%06x', paper)
        font = sprintf('sans-serif,%d', size)
        if (pass == 2) {
            set terminal pngcairo size 2 * width, 2 * height font font fontscale 1.5 \
                linewidth 2 pointscale 2 noenhanced background ground
        }
        if (pass == 1) {
            set terminal svg size width, height dynamic font font noenhanced background ground
        }
        if (files) { set output output.(pass == 1 ? '.svg' : '.png') }
    }
    if (plain) {
        plot for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) && $6 == 0 ? $2 : NaN):3 with points pt '.' notitle, \
             for [i = 1:words(reaches)] $CURVE \
                 using ($1 == pick(reaches, i) && $6 == 1 && int($0) % 8 == 0 ? $2 : NaN):3 \
                 with points pt '.' notitle, \
             [p = 1:reach] '+' using 1:($1 / base_threads[1]) with points pt '/' title 'ideal', \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? $2 : NaN):8 \
                 with points pt (single ? 'o' : word('A B C D E F', pick(kept, i))) \
                 title text_points[pick(kept, i)], \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? $2 : NaN):8 \
                 with points pt (single ? 'x' : word('a b c d e f', pick(hollow, i))) \
                 title 'left out of the fit'
    } else {
        plot for [i = 1:shown] ends using 2:(asymptote_low):(asymptote_top) \
                 with filledcurves fc rgb vermillion fs transparent solid 0.10, \
             for [i = 1:words(bands)] $CURVE \
                 using ($1 == pick(bands, i) && $6 == 0 ? $2 : NaN):4:5 \
                 with filledcurves fc rgb hue(pick(bands, i)) fs transparent solid 0.22, \
             for [i = 1:words(reach_bands)] $CURVE \
                 using ($1 == pick(reach_bands, i) && $6 == 1 ? $2 : NaN):4:5 \
                 with filledcurves fc rgb hue(pick(reach_bands, i)) fs transparent solid 0.10, \
             ends using 2:($2 / base_threads[1]) with lines lc rgb muted dt 2 lw 1.2, \
             for [i = 1:words(attainables)] $POINTS \
                 using ($1 == pick(attainables, i) && $14 > 0 ? $2 : NaN):($14 / base_threads[int($1)]) \
                 with linespoints lc rgb muted lw 1.2 pt 2 ps 0.6, \
             for [i = 1:shown] ends using 2:(asymptote_at) \
                 with lines lc rgb vermillion dt 4 lw 1.4, \
             for [i = 1:words(curves)] $CURVE \
                 using ($1 == pick(curves, i) && $6 == 0 ? $2 : NaN):3 \
                 with lines lc rgb hue(pick(curves, i)) lw 1.8, \
             for [i = 1:words(reaches)] $CURVE \
                 using ($1 == pick(reaches, i) && $6 == 1 ? $2 : NaN):3 \
                 with lines lc rgb hue(pick(reaches, i)) lw 1.8 dt 2, \
             $RUNS using ($2 * 0.965):5:(hue($1)) with points pt 7 ps 0.22 lc rgb variable, \
             for [i = 1:words(kept)] $POINTS \
                 using ($1 == pick(kept, i) && $3 == 1 ? dodge($1, $2) : NaN):8:9:10 \
                 with yerrorbars lc rgb hue(pick(kept, i)) lw 1.6 pt 7 ps 0.8, \
             for [i = 1:words(hollow)] $POINTS \
                 using ($1 == pick(hollow, i) && $3 == 0 ? dodge($1, $2) : NaN):8:9:10 \
                 with yerrorbars lc rgb hue(pick(hollow, i)) lw 1.4 pt 6 ps 0.8
    }
}
