#include "runtime/other_formats.h"

#include "runtime/csv_remarks.h"
#include "runtime/csv_sample.h"
#include "runtime/names.h"
#include "runtime/number_text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

namespace nnc::runtime {

static constexpr std::string_view kStars = "***";

static constexpr std::string_view kPickle = "a pickle of Python", kUnpickle = "in Python, `pandas.read_pickle(\"old.pkl\").to_csv(\"new.csv\", index=False)` writes a table that is in it";

// What reads a table that is drawn with lines; the second one after blanks and stars at the ends of its lines, and what TTree::Scan writes behind it.
static constexpr std::string_view kBars = "comment = \"+-\", replace = [\"^ *[|]|[|] *$\", \"\"], separator = \"|\"";
static constexpr std::string_view kScan = "comment = [\"***\", \"==>\"], replace = [\"^[*]|[*] *$\", \"\"], separator = \"*\"";

// Files of other kinds by how they begin, and what makes a table of them. Letters may begin a header, too: of `binary` ones a zero follows.
static constexpr struct {
  std::string_view begin;
  bool binary;
  std::string_view kind, cure;
  bool drawn = false;  // the cure is of settings alone
} kOtherFiles[] = {
    {"root", true, "a ROOT file", "in Python, `uproot.open(\"old.root\")[\"tree\"].arrays(library=\"pd\").to_csv(\"new.csv\", index=False)` writes a tree as a table"},
    {"PAR1", true, "a Parquet file", "in Python, `pandas.read_parquet(\"old.parquet\").to_csv(\"new.csv\", index=False)` writes it as a table"},
    {"\x93NUMPY", true, "a NumPy file", "in Python, `numpy.savetxt(\"new.csv\", numpy.load(\"old.npy\"), delimiter=\",\")` writes it as a table: `header = false`"},
    {"\x89HDF", true, "an HDF5 file", "in Python, `numpy.savetxt(\"new.csv\", h5py.File(\"old.h5\")[\"a\"][:], delimiter=\",\")` writes the data set `a` as a table: `header = false`"},
    {"MATLAB5.0MAT-file", true, "a file of MATLAB", "in Python, `numpy.savetxt(\"new.csv\", scipy.io.loadmat(\"old.mat\")[\"a\"], delimiter=\",\")` writes the matrix `a` as a table: `header = false`; in MATLAB, `writematrix(a, \"new.csv\")` does"},
    {"MATLAB7.3MAT-file", true, "an HDF5 file of MATLAB", "in MATLAB, `writematrix(a, \"new.csv\")` writes the matrix `a` as a table: `header = false`; in Python, `numpy.savetxt(\"new.csv\", h5py.File(\"old.mat\")[\"a\"][:].T, delimiter=\",\")` does"},
    {"SIMPLE=T", false, "a FITS file", "in Python, `astropy.table.Table.read(\"old.fits\").to_pandas().to_csv(\"new.csv\", index=False)` writes its first table"},
    {"\x80\x02", false, kPickle, kUnpickle},
    {"\x80\x03", false, kPickle, kUnpickle},
    {"\x80\x04", false, kPickle, kUnpickle},
    {"\x80\x05", false, kPickle, kUnpickle},
    {"SQLiteformat3", true, "a data base of SQLite", "`sqlite3 -csv -header old.db 'select * from t' > new.csv` writes its table `t`"},
    {"ARROW1", true, "an Arrow file", "in Python, `pandas.read_feather(\"old.feather\").to_csv(\"new.csv\", index=False)` writes it as a table"},
    {"\xD0\xCF\x11\xE0", true, "a file of Excel, as it was before 2007", "save the table as CSV"},
    {"RDX", true, "a file of R", "in R, `load(\"old.RData\")` and `write.csv(d, \"new.csv\", row.names = FALSE)` write the table `d`"},
    {"\xFD" "7zXZ", true, "a file packed by xz", "`xz -dk old.csv.xz` unpacks it; what gzip packs is read as it is"},
    {"BZh", true, "a file packed by bzip2", "`bzip2 -dk old.csv.bz2` unpacks it; what gzip packs is read as it is"},
    {"\x28\xB5\x2F\xFD", true, "a file packed by zstd", "`zstd -dk old.csv.zst` unpacks it; what gzip packs is read as it is"},
    {"PK\x03\x04", true, "a zip archive, as spreadsheets are", "save the table as CSV; what is packed alone, `unzip old.zip` unpacks"},
    {"<!", false, "a page of HTML or XML", "save the table alone, as text"},
    {"<html", false, "a page of HTML", "save the table alone, as text"},
    {"<?xml", false, "an XML file", "save the table alone, as text"},
    {"{\"", false, "JSON", "`jq -r '[.a, .b] | @csv' old.json > new.csv` writes the members `a` and `b` of each line as a table, and so others that are listed: `names = [a, b]`"},
    {"[{", false, "JSON", "`jq -r '.[] | [.a, .b] | @csv' old.json > new.csv` writes the members `a` and `b` as a table, and so others that are listed: `names = [a, b]`"},
    {"INSERTINTO", false, "statements of SQL", "let the data base write the table as CSV, as by `\\copy t to 'new.csv' csv header` or `sqlite3 -csv -header`"},
    {"+--", false, "a table drawn with lines, as data bases show it", kBars, true},
    {kStars, false, "a table drawn with stars, as TTree::Scan writes it", kScan, true},
};

// The first characters that are no white space.
static std::string Beginning(std::string_view content) {
  std::string begin;
  for (char c : content.substr(0, 256))
    if (std::isspace(static_cast<unsigned char>(c)) == 0) begin += c;
  return begin;
}

// A tar archive, packed or not, and NumPy's of several arrays, which is a zip archive.
static void RequireNoArchive(std::string_view content, const CsvOptions& options) {
  constexpr size_t kMagicOfTar = 257, kNameInZip = 30;
  std::optional<DataError> error;
  if (content.size() > kMagicOfTar && content.substr(kMagicOfTar).starts_with("ustar"))
    error = Malformed(options, "this is a tar archive of files, no table of cells", 0, "`tar -xf old.tar` takes the files out, and the program names one of them, or several: `csv{[\"a.csv\", \"b.csv\"]}`");
  else if (content.starts_with("PK\x03\x04") && content.substr(0, 256).find(".npy", kNameInZip) != content.npos)
    error = Malformed(options, "this is an archive of NumPy arrays, no table of cells", 0, "in Python, `numpy.savetxt(\"new.csv\", numpy.load(\"old.npz\")[\"a\"], delimiter=\",\")` writes the array `a` as a table: `header = false`");
  if (!error) return;
  error->in_file = true;
  throw *error;
}

static bool BeginsWord(std::string_view line, std::string_view lower) {
  return line.size() > lower.size() && std::isspace(static_cast<unsigned char>(line[lower.size()])) != 0 &&
         std::equal(lower.begin(), lower.end(), line.begin(), [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

// The name behind `@attribute`, which may stand in quotes.
static std::string AttributeName(std::string_view line) {
  constexpr std::string_view kWord = "@attribute";
  line = Trimmed(line.substr(kWord.size()));
  const bool quoted = line.starts_with('\'') || line.starts_with('"');
  return std::string(quoted ? line.substr(1, line.find(line[0], 1) - 1) : line.substr(0, line.find_first_of(" \t{")));
}

// ARFF, as Weka writes it: a head of remarks, `@relation`, an `@attribute` for each column and `@data`, and then the events.
static void RequireNoAttributes(std::string_view content, const CsvOptions& options) {
  constexpr size_t kMostNames = 32;
  std::vector<std::string> names;
  bool relation = false;
  while (!content.empty()) {
    const std::string_view line = Trimmed(content.substr(0, content.find_first_of("\r\n")));
    const bool skipped = std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return line.starts_with(mark); });
    const bool remark = line.empty() || line.starts_with('%');
    if (!remark && (!line.starts_with('@') || skipped)) break;
    relation = relation || BeginsWord(line, "@relation");
    if (!remark && !relation) break;
    if (BeginsWord(line, "@attribute")) names.push_back(AttributeName(line));
    content.remove_prefix(std::min(content.find('\n'), content.size() - 1) + 1);
  }
  if (!relation) return;
  std::vector<std::string> marks = {"%", "@"};
  std::erase_if(marks, [&](const std::string& mark) { return std::find(options.comments.begin(), options.comments.end(), mark) != options.comments.end(); });
  CsvOptions events = options;
  events.comments = {"%", "@"};
  const std::optional<Sample> sample = TakeSample(content, ',', events, true);  // what is left of the content begins with them
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + Literal(name);
  if (names.size() > kMostNames || !sample || sample->first.size() != names.size()) list = "a, b, ...";
  throw Malformed(options, "this is an ARFF file, whose head is no row of the table", 0,
                  Offered(WithComment(options, marks) + (options.names.empty() ? ", names = [" + list + "]" : "")) + " skips the lines of its head" + (options.names.empty() ? " and names the columns in the order of its attributes" : ""));
}

// The place of 3:0.25; nothing of another word.
static std::optional<int64_t> PlaceOf(std::string_view word) {
  const size_t colon = word.find(':');
  const bool pair = colon != word.npos && colon > 0 && word.substr(0, colon).find_first_not_of("0123456789") == word.npos && ParseNumber(word.substr(colon + 1));
  return pair ? ParseInteger(word.substr(0, colon)) : std::nullopt;
}

// libsvm's: a label, and behind it pairs of a place, which rises, and the value there.
static void RequireNoPairs(std::string_view content, const CsvOptions& options) {
  constexpr size_t kEnough = 20;
  constexpr int64_t kFewest = 3;  // lines with pairs
  int64_t lines = 0;
  bool from_0 = false, fraction = false;  // 1 12:30 is a time
  for (size_t at = 0, read = 0; at < content.size() && read < kEnough; ++read) {
    const size_t end = std::min(content.find_first_of("\r\n", at), content.size());
    const std::vector<std::string> words = WordsOf(content.substr(at, end - at));
    at = end + 1;
    if (words.empty()) continue;
    if (!ParseNumber(words[0]) || !std::all_of(words.begin() + 1, words.end(), PlaceOf)) return;
    lines += words.size() > 1 ? 1 : 0;
    for (size_t i = 1; i < words.size(); ++i) {
      if (i > 1 && *PlaceOf(words[i]) <= *PlaceOf(words[i - 1])) return;
      from_0 = from_0 || words[i].starts_with("0:");
      fraction = fraction || words[i].find_first_of(".-") != std::string::npos || words[i].size() == words[i].find(':') + 2;
    }
  }
  if (lines < kFewest || !fraction) return;
  const std::string first = from_0 ? "0" : "1";
  throw Malformed(options, "this is libsvm's format, in which a cell is a place and the value there, as 3:0.25", 1,
                  "`awk '{ line[NR] = $0; for (i = 2; i <= NF; ++i) { split($i, p, \":\"); if (p[1] + 0 > most) most = p[1] + 0 } } END { for (r = 1; r <= NR; ++r) { n = split(line[r], cell); split(\"\", v); "
                  "for (i = 2; i <= n; ++i) { split(cell[i], p, \":\"); v[p[1] + 0] = p[2] } printf \"%s\", cell[1]; for (k = " + first + "; k <= most; ++k) printf \" %s\", (k in v) ? v[k] : 0; print \"\" } }' old.txt > new.txt` "
                  "writes a column for each place, with 0 where a line has none" + (options.header == false ? ": `c0` is the label" : "; `header = false` calls them c0, which is the label, c1, c2, ..."));
}

void RequireSeparatedText(std::string_view content, const CsvOptions& options) {
  RequireNoArchive(content, options);
  const bool binary = content.substr(0, 4096).find('\0') != content.npos;
  const std::string begin = Beginning(content);
  const size_t second = std::min(content.find('\n'), content.size() - 1) + 1;
  const bool skipped = std::any_of(options.comments.begin(), options.comments.end(), [&](const std::string& mark) { return Trimmed(content.substr(0, content.find('\n'))).starts_with(mark); });
  for (const auto& other : kOtherFiles) {
    const bool table = other.begin != kStars || content.substr(second).starts_with('*');  // else a title in stars
    if (!begin.starts_with(other.begin) || !table || !(binary || (!other.binary && !skipped))) continue;
    DataError error = Malformed(options, "this is " + std::string(other.kind) + ", no table of cells", 0, other.drawn ? Offered(std::string(other.cure)) + " reads it" : Cure(std::string(other.cure)));
    error.in_file = other.binary;
    throw error;
  }
  RequireNoAttributes(content, options);
  if (!binary) return RequireNoPairs(content, options);
  DataError error = Malformed(options, "this is not a text file", 0);
  error.in_file = true;
  throw error;
}

}  // namespace nnc::runtime
