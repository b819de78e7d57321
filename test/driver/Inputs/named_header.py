"""Files as instruments and offices write them, programs that read them by their names alone, and the lists that they were written from."""


def write(name, path, text, x, y, rows, names="", encoding="utf-8"):
    with open(path, "w", encoding=encoding, newline="") as file:
        file.write(text)
    with open(name + ".nn", "w") as file:
        file.write(f'data d = csv{{"{path}"{names}}} {{ x = {x}; y = {y} }}\n')
    with open(name + ".want", "w") as file:
        file.write("x,y\n" + "".join(f"{a:g},{b:g}\n" for a, b in rows))


N = 30
figures = [(i + 0.25, 2 * i - 7.5) for i in range(N)]
table = lambda row: "".join(row(i, a, b) + "\n" for i, (a, b) in enumerate(figures))

write("iaga", "iaga.min", " Format        IAGA-2002    |\n Station Name  Boulder, USA |\n # made by the centre        |\nDATE       TIME         DOY  BOUH  BOUF |\n" +
      table(lambda i, a, b: f"2023-03-01 00:{i:02}:00.000 060  {a:.2f}  {b:.2f}"), "BOUH", "BOUF", figures)
write("ndbc", "ndbc.txt", "#YY MM WSPD PRES WVHT\n#yr mo m/s hPa m\n" + table(lambda i, a, b: f"2022 01 {a:.2f} 10{i:02}.5 {b:.2f}"), "WSPD", "WVHT", figures)
write("ipac", "ipac.tbl", "\\fixlen = T\n|    ra|   dec|  j_m|\n|double|double|  dbl|\n|   deg|   deg|  mag|\n|  null|  null| null|\n" + table(lambda i, a, b: f"  {i:5}  {a:.2f}  {b:.2f} "), "dec", "j_m", figures)
write("las", "well.las", "~VERSION INFORMATION\n VERS.   2.0 : CWLS\n~A  DEPTH   GR   NPHI\n" + table(lambda i, a, b: f" {1670 + i}.5  {a:.2f}  {b:.2f}"), "GR", "NPHI", figures)
write("instron", "s.csv", '"General : Operator","M. Miller"\n"Specimen 1","Width","12.50","mm"\n"Specimen 1","Thickness","3.20","mm"\n\n"Time","Extension","Load","Strain"\n"(s)","(mm)","(kN)","(%)"\n' +
      table(lambda i, a, b: f'"{i}","{a:.2f}","{b:.2f}","0.5"') + '"Results Table 1"\n"","Load (kN)","E"\n"Mean","4.98","210.4"\n', "Extension", "Load", figures)
comma = lambda number: f"{number:.6f}".replace(".", ",")
write("lvm", "t.lvm", "LabVIEW Measurement\n***End_of_Header***\nX_Value\tVoltage\tTemp (°C)\tComment\n" + table(lambda i, a, b: f"0,{i:03}\t{comma(a)}\t{comma(b)}" + ("\tstart" if i == 0 else "")),
      "Voltage", '"Temp (°C)"', figures, encoding="latin-1")
write("office", "o.csv", '"Table 61111"\n"Prices, months";;;\n;;Prices;Turnover\n;;2020=100;in thousand\n' + table(lambda i, a, b: f"{2000 + i};May;{a:.2f};{b:.2f}") +
      "____\nNotes:\nThe figures are preliminary and may be changed later on; see the notes of the table for what that means\n____\n", "price", "sold", figures, ", names = [year, month, price, sold]")
