//! Tokens → the shape of a query, by recursive descent.

use super::error::KqlError;
use super::lex::{Token, tokens};
use super::syntax::{Comparison, Direction, Expr, NamedExpr, Operator, Sense, Statement};

/// Brackets deeper than this are refused, so that a text cannot exhaust the stack.
const DEEPEST: u32 = 40;

/// Reads a query of the subset; anything else is a [`KqlError::Syntax`].
pub fn parse(text: &str) -> Result<Statement, KqlError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, depth: 0 };
    let table = parser.name()?;
    let mut operators = Vec::new();
    while !parser.tokens.is_empty() {
        parser.expect("|")?;
        operators.push(parser.operator()?);
    }
    Ok(Statement { table, operators })
}

struct Parser<'a> {
    tokens: &'a [Token],
    depth: u32,
}

impl<'a> Parser<'a> {
    fn wrong<T>(&self) -> Result<T, KqlError> {
        let found = self.tokens.first().map_or(String::new(), |token| match token {
            Token::Word(text) | Token::Text(text) => text.clone(),
            Token::Symbol(symbol) => (*symbol).to_owned(),
            Token::Long(number) | Token::Length(number) => number.to_string(),
            Token::Time(tick) => tick.to_string(),
        });
        Err(KqlError::Syntax { found })
    }

    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let there = matches!(self.tokens.first(), Some(Token::Symbol(s)) if *s == symbol);
        there.then(|| self.next()).is_some()
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let there = matches!(self.tokens.first(), Some(Token::Word(w)) if w == word);
        there.then(|| self.next()).is_some()
    }

    fn expect(&mut self, symbol: &str) -> Result<(), KqlError> {
        if self.accept(symbol) { Ok(()) } else { self.wrong() }
    }

    fn name(&mut self) -> Result<String, KqlError> {
        match self.tokens.first() {
            Some(Token::Word(word)) if !word.starts_with('!') => {
                self.next();
                Ok(word.clone())
            }
            _ => self.wrong(),
        }
    }

    fn operator(&mut self) -> Result<Operator, KqlError> {
        let rest = self.tokens;
        match self.name()?.as_str() {
            "where" => Ok(Operator::Where(self.expr()?)),
            "extend" => Ok(Operator::Extend(self.list(Self::named)?)),
            "project" => Ok(Operator::Project(self.list(Self::named)?)),
            "summarize" => self.summarize(),
            "order" | "sort" if self.accept_word("by") => {
                Ok(Operator::Order(self.list(Self::order_key)?))
            }
            "take" | "limit" => match self.next() {
                Some(Token::Long(rows)) => Ok(Operator::Take(*rows as usize)),
                _ => self.wrong(),
            },
            _ => {
                self.tokens = rest;
                self.wrong()
            }
        }
    }

    fn list<T>(&mut self, one: fn(&mut Self) -> Result<T, KqlError>) -> Result<Vec<T>, KqlError> {
        let mut all = vec![one(self)?];
        while self.accept(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    fn summarize(&mut self) -> Result<Operator, KqlError> {
        let grouped_only = matches!(self.tokens.first(), Some(Token::Word(w)) if w == "by");
        let aggregates = if grouped_only { Vec::new() } else { self.list(Self::named)? };
        let by = if self.accept_word("by") { self.list(Self::named)? } else { Vec::new() };
        Ok(Operator::Summarize { aggregates, by })
    }

    fn order_key(&mut self) -> Result<(Expr, Direction), KqlError> {
        let key = self.expr()?;
        let direction = if self.accept_word("asc") {
            Direction::Ascending
        } else {
            // Kusto's default is descending, said or not.
            self.accept_word("desc");
            Direction::Descending
        };
        Ok((key, direction))
    }

    fn named(&mut self) -> Result<NamedExpr, KqlError> {
        let name = match self.tokens {
            [Token::Word(word), Token::Symbol("="), rest @ ..] if !word.starts_with('!') => {
                self.tokens = rest;
                Some(word.clone())
            }
            _ => None,
        };
        Ok(NamedExpr { name, expr: self.expr()? })
    }

    fn expr(&mut self) -> Result<Expr, KqlError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.wrong();
        }
        let first = self.comparison()?;
        let mut all = vec![first];
        while self.accept_word("and") {
            all.push(self.comparison()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
    }

    fn comparison(&mut self) -> Result<Expr, KqlError> {
        let left = Box::new(self.atom()?);
        for (symbol, comparison) in
            [(">=", Comparison::AtLeast), ("<", Comparison::Below), ("==", Comparison::Equal)]
        {
            if self.accept(symbol) {
                return Ok(Expr::Compare(comparison, left, Box::new(self.atom()?)));
            }
        }
        if self.accept_word("has_any") {
            self.expect("(")?;
            let needles = self.list(Self::text)?;
            self.expect(")")?;
            Ok(Expr::HasAny(left, needles))
        } else if self.accept_word("startswith_cs") {
            Ok(Expr::StartsWith(left, self.text()?, Sense::Plain))
        } else if self.accept_word("!startswith_cs") {
            Ok(Expr::StartsWith(left, self.text()?, Sense::Negated))
        } else {
            Ok(*left)
        }
    }

    fn text(&mut self) -> Result<String, KqlError> {
        match self.tokens.first() {
            Some(Token::Text(text)) => {
                self.next();
                Ok(text.clone())
            }
            _ => self.wrong(),
        }
    }

    fn atom(&mut self) -> Result<Expr, KqlError> {
        if self.accept("(") {
            let inside = self.expr()?;
            self.expect(")")?;
            return Ok(inside);
        }
        let before = self.tokens;
        match self.next() {
            Some(Token::Text(text)) => Ok(Expr::Text(text.clone())),
            Some(Token::Long(number)) => Ok(Expr::Long(*number)),
            Some(Token::Length(ticks)) => Ok(Expr::Length(*ticks)),
            Some(Token::Time(tick)) => Ok(Expr::Time(*tick)),
            Some(Token::Word(word)) if !word.starts_with('!') => self.word(word),
            _ => {
                self.tokens = before;
                self.wrong()
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<Expr, KqlError> {
        if self.accept("(") {
            let arguments = if self.accept(")") {
                Vec::new()
            } else {
                let arguments = self.list(Self::expr)?;
                self.expect(")")?;
                arguments
            };
            return Ok(Expr::Call(word.to_owned(), arguments));
        }
        Ok(match word {
            "true" => Expr::Bool(true),
            "false" => Expr::Bool(false),
            _ => Expr::Column(word.to_owned()),
        })
    }
}
