// Checks KQL texts with Microsoft's own parser and binder (npm @kusto/language-service-next).
// stdin: {"table": "Name", "columns": [["name", "type"], ...], "queries": ["...", ...]}
// stdout: for each query {"errors": ["...", ...], "columns": [["name", "type"], ...], "tables": ["..."]}
'use strict';
const fs = require('fs');
const { createRequire } = require('module');
// The packages stand where the install script puts them, not beside this file.
const load = createRequire(process.argv[2] + '/');
load('@kusto/language-service-next/bridge.min.js');
load('@kusto/language-service-next');
/* global Kusto, Bridge: both are set by the packages */
const { KustoCode, GlobalState, Symbols, Syntax } = Kusto.Language;

const list = (of) => Array.from({ length: of.Count }, (_, place) => of.getItem(place));

// The constructors are numbered by the compiler to JavaScript: the package's version is pinned.
const tableOf = (name, columns) => new Symbols.TableSymbol.$ctor7(
  name, `(${columns.map(([column, type]) => `['${column}']: ${type}`).join(', ')})`, null);

function check(globals, query) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const tables = new Set();
  Syntax.SyntaxElement.WalkNodes(code.Syntax, (node) => {
    const symbol = node.ReferencedSymbol;
    if (symbol && Bridge.is(symbol, Symbols.TableSymbol) && Bridge.is(node, Syntax.NameReference)) {
      tables.add(symbol.Name);
    }
  });
  const type = code.ResultType;
  return {
    errors: list(code.GetDiagnostics()).map((d) => `${d.Severity} ${d.Code} at ${d.Start}: ${d.Message}`),
    columns: type && type.Columns ? list(type.Columns).map((c) => [c.Name, c.Type.Name]) : [],
    tables: [...tables],
  };
}

const { table, columns, queries } = JSON.parse(fs.readFileSync(0, 'utf8'));
const database = new Symbols.DatabaseSymbol.ctor('db', [tableOf(table, columns)]);
const globals = GlobalState.Default.WithDatabase(database);
process.stdout.write(JSON.stringify(queries.map((query) => check(globals, query))));
