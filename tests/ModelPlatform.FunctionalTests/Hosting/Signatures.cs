using System.Globalization;
using System.Reflection;

namespace ModelPlatform.FunctionalTests.Hosting;

/// <summary>Writes the public members of an assembly as text, so that two assemblies can be compared.</summary>
public static class Signatures
{
    public static IEnumerable<string> Of(Assembly assembly, params string[] namespaces) =>
        from type in assembly.GetExportedTypes()
        where namespaces.Contains(type.Namespace)
        from member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        let text = Text(member)
        where text is not null
        orderby text
        select text;

    private static string? Text(MemberInfo member) => member switch
    {
        MethodInfo { IsSpecialName: false } method =>
            $"{(method.IsStatic ? "static " : string.Empty)}{Name(method.ReturnType)} {Name(method.DeclaringType!)}.{method.Name}{Generics(method)}({string.Join(", ", method.GetParameters().Select(Text))})",
        PropertyInfo property => $"{Name(property.PropertyType)} {Name(property.DeclaringType!)}.{property.Name}",
        ConstructorInfo { IsPublic: true } => null,
        _ => null,
    };

    private static string Text(ParameterInfo parameter)
    {
        var value = parameter.HasDefaultValue ? $" = {Convert.ToString(parameter.RawDefaultValue, CultureInfo.InvariantCulture) ?? "default"}" : string.Empty;
        return $"{Name(parameter.ParameterType)} {parameter.Name}{(value == " = " ? " = default" : value)}";
    }

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => $"{argument.Name}{Constraints(argument)}"))}>" : string.Empty;

    private static string Constraints(Type argument)
    {
        var constraints = argument.GetGenericParameterConstraints().Where(type => type != typeof(object)).Select(Name).Order(StringComparer.Ordinal).ToList();
        return constraints.Count > 0 ? $" : {string.Join(" & ", constraints)}" : string.Empty;
    }

    private static string Name(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[]";
        }

        var name = $"{type.Namespace}.{type.Name}";
        return type.IsGenericType ? $"{name[..name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
