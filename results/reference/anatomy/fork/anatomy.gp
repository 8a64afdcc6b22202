# instructions of clone --kind fork --siblings 0
# gnuplot -e 'set terminal svg size 900,560' anatomy.gp > anatomy.svg
text = strstrt(GPVAL_TERM, 'dumb') > 0
if (!exists('narrow')) { narrow = 0 }
set tics nomirror
set border 3
if (!text) { set grid lt 1 lw 0.5 lc rgb '#dddddd'; set rmargin 4 }
if (!text) { set linetype 1 lc rgb '#0072b2' dt 1 pt 5 lw 1.8 }
if (!text) { set linetype 2 lc rgb '#d55e00' dt 2 pt 7 lw 1.8 }
if (!text) { set linetype 3 lc rgb '#009e73' dt 1 pt 9 lw 1.8 }
if (!text) { set linetype 4 lc rgb '#cc79a7' dt 2 pt 11 lw 1.8 }
if (!text) { set linetype 5 lc rgb '#000000' dt 1 pt 13 lw 1.8 }
if (!text) { set linetype 6 lc rgb '#e69f00' dt 2 pt 15 lw 1.8 }
if (!text) { set title 'instructions of clone --kind fork --siblings 0' }
set ylabel 'instructions'
set style data histograms
set style histogram rowstacked
set style fill solid noborder
set boxwidth 0.7
set yrange [0:*]
set xtics rotate by -40
set rmargin 30
set key outside right reverse Left invert
plot 'anatomy.dat' using 10:xtic(1) title columnheader lc rgb '#cccccc', \
 '' using 2 title columnheader lc rgb '#0072b2', \
 '' using 3 title columnheader lc rgb '#e69f00', \
 '' using 4 title columnheader lc rgb '#009e73', \
 '' using 5 title columnheader lc rgb '#cc79a7', \
 '' using 6 title columnheader lc rgb '#56b4e9', \
 '' using 7 title columnheader lc rgb '#d55e00', \
 '' using 8 title columnheader lc rgb '#f0e442', \
 '' using 9 title columnheader lc rgb '#000000'
