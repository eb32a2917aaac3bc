import { parse, type DefaultTreeAdapterTypes, type ParserError } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;
export type Element = DefaultTreeAdapterTypes.Element;

/** A page as a browser reads it, without one. */
export interface ParsedPage {
  /** What the parser had to repair, by code. */
  readonly errors: readonly string[];
  /** All elements, in the order in which they begin. */
  readonly elements: readonly Element[];
}

export function parsePage(html: string): ParsedPage {
  const errors: string[] = [];
  const document = parse(html, {
    onParseError: (error: ParserError) => {
      errors.push(error.code);
    },
  });
  return { errors, elements: document.childNodes.flatMap(elementsOf) };
}

function elementsOf(node: Node): Element[] {
  return isElement(node) ? [node, ...node.childNodes.flatMap(elementsOf)] : [];
}

function isElement(node: Node): node is Element {
  return "tagName" in node;
}

export function attribute(element: Element, name: string): string | null {
  return element.attrs.find((attr) => attr.name === name)?.value ?? null;
}

/** The text in an element, without that of its style and script. */
export function textIn(node: Node): string {
  if ("value" in node) return node.value;
  if (!isElement(node) || ["style", "script"].includes(node.tagName)) return "";
  return node.childNodes.map(textIn).join("");
}

/** The elements of these names. */
export function named({ elements }: ParsedPage, ...tagNames: readonly string[]): readonly Element[] {
  return elements.filter(({ tagName }) => tagNames.includes(tagName));
}

/** Those that lie in an element. */
export function within(element: Element, ...tagNames: readonly string[]): readonly Element[] {
  return elementsOf(element).filter((inner) => tagNames.includes(inner.tagName));
}

/** Everything of a page but its texts: elements, and the names of their attributes. */
export function skeleton({ elements }: ParsedPage): readonly string[] {
  return elements.map(({ tagName, attrs }) => [tagName, ...attrs.map(({ name }) => name)].join(" "));
}
